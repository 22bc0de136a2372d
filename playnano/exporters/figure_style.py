"""Matplotlib without the user's settings: figures look the same everywhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

_one_figure = Lock()
"""Matplotlib's settings are those of the whole process."""


@contextmanager
def figure_style(settings: Mapping[str, Any]) -> Iterator[None]:
    """Matplotlib's own settings and these, not the user's; one figure at a time."""
    from matplotlib import style

    with _one_figure, style.context(["default", dict(settings)]):
        yield

"""Matplotlib without the user's settings: figures look the same everywhere."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any


def figure_style(settings: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Matplotlib's own settings and these, not the user's."""
    from matplotlib import style

    context: AbstractContextManager[None] = style.context(["default", dict(settings)])
    return context

"""playnano: declarative, reproducible processing and export of high-speed AFM movies."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playnano.errors import PlaynanoError as PlaynanoError
    from playnano.readers.opening import load as load
    from playnano.recipe.reading import read_recipe as read_recipe
    from playnano.recipe.recipe import Recipe as Recipe
    from playnano.runner.running import run as run
    from playnano.runner.running import run_movie as run_movie
    from playnano.stack import AFMImageStack as AFMImageStack

_HOMES = {
    "AFMImageStack": "playnano.stack",
    "PlaynanoError": "playnano.errors",
    "Recipe": "playnano.recipe.recipe",
    "load": "playnano.readers.opening",
    "read_recipe": "playnano.recipe.reading",
    "run": "playnano.runner.running",
    "run_movie": "playnano.runner.running",
}
__all__ = list(_HOMES)  # one list of the public names, and where each lives


def __getattr__(name: str) -> Any:
    """Public names are imported when first used: `playnano --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'playnano' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])

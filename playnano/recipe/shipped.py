"""The recipes that come with playnano: copies of those in the top folder `recipes/`."""

from importlib.resources import files

from playnano.errors import RecipeError, did_you_mean


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes, without ending."""
    folder = files("playnano.recipe").joinpath("library")
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir()))


def recipe_text(name: str) -> str:
    """The text of a recipe, comments included.

    Raises
    ------
    RecipeError
        Where there is none of that name.
    """
    names = recipe_names()
    name = name.removesuffix(".yaml")
    if name not in names:
        raise RecipeError(
            f"there is no recipe '{name}' (known: {', '.join(names)}){did_you_mean(name, names)}"
        )
    return files("playnano.recipe").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")


def purpose(name: str) -> str:
    """What a recipe is for: the first line of its text."""
    return recipe_text(name).splitlines()[0].removeprefix("# ").partition(": ")[2]

"""The recipe's file: the one the viewer was given, or a new one in the working directory."""

from codecs import BOM_UTF8
from pathlib import Path

from playnano.errors import ExportError, RecipeError
from playnano.recipe.reading import read_document
from playnano.stack.placing import NameTakenError, write_text
from playnano.viewer.session import Session

ENDINGS = (".yaml", ".yml")
DEFAULT_NAME = "recipe.yaml"
MOST_NAMES = 200
MOST_BYTES = 1 << 20


def save_recipe(session: Session, text: str, name: str, replaces: str | None = None) -> Path:
    """Save a recipe's text, with its comments.

    Only a file that still holds what the page loaded from it, or saved there, is replaced: not one that
    another tab or program changed since.

    Parameters
    ----------
    name : str
        The file's name; empty for that of the session, or a new `recipe.yaml`.
    replaces : str, optional
        What the page loaded from a file of that name, or saved there.

    Raises
    ------
    ExportError
        For a name that is not a plain `.yaml` name, a file that exists, or one that cannot be written.
    """
    path = recipe_path(session, name)
    try:
        write_text(path, text, overwrite=replaces is not None and holds(path, replaces))
    except NameTakenError as error:
        since = "" if replaces is None else " and was changed since this tab loaded or saved it"
        raise ExportError(f"{path.name} exists{since}; choose another name, or load it") from error
    except OSError as error:
        raise ExportError(f"cannot write {path.name}: {error.strerror or error}") from error
    session.recipe_file, session.recipe_text = path, text
    return path


def recipe_path(session: Session, name: str) -> Path:
    """The file of a recipe's name.

    Raises
    ------
    ExportError
        For a name that is not a plain `.yaml` name.
    """
    own = session.recipe_file
    return own if own is not None and name in ("", own.name) else _new(name or DEFAULT_NAME)


def holds(path: Path, text: str) -> bool:
    """Whether a file holds exactly this text."""
    return path.is_file() and path.read_bytes().removeprefix(BOM_UTF8) == text.encode()


def fault_of(session: Session, text: str) -> str:
    """What is wrong with a recipe, in words that follow "it has an error"; empty where nothing is."""
    try:
        session.recipe(text)
    except RecipeError as error:
        place, _, message = str(error).split("\n")[0].removeprefix("recipe:").partition(": ")
        line = place.split(":")[0]
        return f"at line {line}: {message}" if line.isdecimal() else f": {message or place}"
    return ""


def saved_names() -> list[str]:
    """Names of the recipes in the working directory, where new ones are saved."""
    files = (file for file in Path().iterdir() if _is_plain(file.name) and file.is_file())
    return sorted(file.name for file in files)[:MOST_NAMES]


def saved_text(name: str) -> str:
    """The text of a recipe in the working directory.

    Raises
    ------
    PlaynanoError
        For a name that is not one of `saved_names`, or a file that is no recipe.
    """
    if name not in saved_names():
        raise RecipeError("there is no such recipe in the working directory")
    if Path(name).stat().st_size > MOST_BYTES:
        raise RecipeError(f"{name} is too large for a recipe")
    return read_document(name).text


def _new(name: str) -> Path:
    if not _is_plain(name):
        raise ExportError("name the recipe's file, such as recipe.yaml, without a folder")
    return Path(name)


def _is_plain(name: str) -> bool:
    return (
        Path(name).name == name and name.endswith(ENDINGS) and "\\" not in name and not name.startswith(".")
    )

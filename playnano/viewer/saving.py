"""The recipe's file: the one the viewer was given, or a new one in the working directory."""

from pathlib import Path

from playnano.errors import ExportError, RecipeError
from playnano.recipe.reading import read_document
from playnano.stack.placing import NameTakenError, write_text
from playnano.viewer.session import Session

ENDINGS = (".yaml", ".yml")
DEFAULT_NAME = "recipe.yaml"
MOST_NAMES = 200
MOST_BYTES = 1 << 20


def save_recipe(session: Session, text: str, name: str) -> Path:
    """Save a recipe's text, with its comments.

    The file that the viewer was given, or one that it wrote before, is replaced, unless another program
    changed it since; any other is not. Without a name it is the one of the session, or a new `recipe.yaml`.

    Raises
    ------
    ExportError
        For a name that is not a plain `.yaml` name, a file that exists, or one that cannot be written.
    """
    own = session.recipe_file
    path = own if own is not None and name in ("", own.name) else _new(name or DEFAULT_NAME)
    try:
        write_text(path, text, overwrite=_is_as_saved(session, path))
    except NameTakenError as error:
        changed = " and was changed by another program" if path.resolve() in session.saved else ""
        raise ExportError(f"{path.name} exists{changed}; choose another name") from error
    except OSError as error:
        raise ExportError(f"cannot write {path.name}: {error.strerror or error}") from error
    session.recipe_file = path
    session.saved[path.resolve()] = text.encode()
    return path


def _is_as_saved(session: Session, path: Path) -> bool:
    """Whether what is in a file is what this session loaded from it, or saved there."""
    content = session.saved.get(path.resolve())
    return content is not None and path.is_file() and path.read_bytes() == content


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

"""The recipe's file: the one the viewer was given, or a new one in the working directory."""

from pathlib import Path

from playnano.errors import ExportError
from playnano.stack.placing import NameTakenError, write_text
from playnano.viewer.session import Session

ENDINGS = (".yaml", ".yml")


def save_recipe(session: Session, text: str, name: str) -> Path:
    """Save a recipe's text, with its comments.

    The file that the viewer was given, or that it wrote before, is replaced; any other is not.

    Raises
    ------
    ExportError
        For a name that is not a plain `.yaml` name, a file that exists, or one that cannot be written.
    """
    own = session.recipe_file
    path = own if own is not None and name in ("", own.name) else _new(name)
    try:
        write_text(path, text, overwrite=path == own)
    except NameTakenError as error:
        raise ExportError(f"{path.name} exists; choose another name") from error
    except OSError as error:
        raise ExportError(f"cannot write {path.name}: {error.strerror or error}") from error
    session.recipe_file = path
    return path


def _new(name: str) -> Path:
    if Path(name).name != name or not name.endswith(ENDINGS) or "\\" in name or name.startswith("."):
        raise ExportError("name the recipe's file, such as recipe.yaml, without a folder")
    return Path(name)

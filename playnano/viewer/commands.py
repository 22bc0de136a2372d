"""The command that does what the page shows; it is given only where it would run."""

from playnano.errors import PlaynanoError
from playnano.viewer.saving import fault_of, holds, recipe_path
from playnano.viewer.session import Session


def command_for(session: Session, number: int, text: str, name: str) -> str:
    """The command that runs a saved recipe on a movie.

    Raises
    ------
    PlaynanoError
        Where it would not run: the recipe is not saved, has an error, or writes nothing.
    """
    if session.command is None or session.stack is not None:
        raise PlaynanoError("the movie is in memory: a command cannot read it")
    fault = fault_of(session, text)
    if fault:
        raise PlaynanoError(f"there is no command: the recipe has an error {fault}")
    path = recipe_path(session, name)
    if not holds(path, text):
        raise PlaynanoError(f"save the recipe first: {path.name} does not hold what is shown here")
    recipe = session.recipe(text)
    if not recipe.exports:
        raise PlaynanoError("there is nothing to write: add an export")
    channel = session.options.get("channel") if recipe.input.channel is None else None
    return session.command(path, session.movies[number], channel, session.output_folder)

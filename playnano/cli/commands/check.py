"""`playnano check`: whether a recipe is right."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.batch.movies import matching_files
from playnano.cli.command import with_flags_named
from playnano.cli.guard import probing_unguarded
from playnano.cli.output import plural, report_error, say
from playnano.errors import PlaynanoError

EXAMPLES = """\
playnano check recipe.yaml
playnano check recipes/*.yaml"""


def check(
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE...", help="Recipe files, or - for standard input.")
    ],
) -> None:
    """Check recipes and report every error with its line.

    If a recipe names its movie and the movie exists, the recipe is also
    checked against the movie's header.
    """
    faults = 0
    for recipe in map(str, matching_files(recipes)):
        try:
            say(f"{recipe}: ok ({_verdict(recipe)})")
        except PlaynanoError as error:
            report_error(with_flags_named(error))
            faults += 1
    if faults:
        raise typer.Exit(1)


def _verdict(name: str) -> str:
    from playnano.recipe.reading import folder_of, read_document, validated
    from playnano.runner.planning import plan

    document = read_document(name)
    recipe = validated(document)
    counts = f"{plural(len(recipe.steps), 'step')}, {plural(len(recipe.exports), 'export')}"
    movie = folder_of(name) / recipe.input.path if recipe.input.path else None
    if movie is None or not movie.exists():
        return counts if movie is None else f"{counts}; {_named(movie)} is not there"
    try:
        with probing_unguarded():
            plan(recipe, movie, overwrite=True, hashed=False)
    except PlaynanoError as error:
        from playnano.recipe.document import located

        raise PlaynanoError(located(error, document), settings=error.settings) from error
    return f"{counts}; fits {_named(movie)}"


def _named(movie: Path) -> str:
    return movie.as_posix()

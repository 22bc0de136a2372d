"""`playnano convert`: any readable movie to any writable format."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.batch_text import Batch
from playnano.cli.flag_groups import InputFlags, grouped
from playnano.cli.flags import Frames, Overwrite, Quiet, RunOptions, Threads
from playnano.cli.output import UsageError
from playnano.cli.recipe_flags import of_run, with_flags

if TYPE_CHECKING:
    from playnano.exporters import Export
    from playnano.recipe.document import Document

EXAMPLES = """\
playnano convert movie.asd movie.ome.tif
playnano convert "folder of images" movie.h5
playnano convert movie.ibw heights --to gsf"""


@grouped
def convert(
    ctx: typer.Context,
    movie: Annotated[Path, typer.Argument(metavar="INPUT", help="A movie, or a folder of images.")],
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="The file to write.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Output format, where OUTPUT's extension does not determine it."),
    ] = None,
    source: InputFlags,
    frames: Frames = None,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Write a movie in another format, unprocessed.

    'playnano formats' lists what each format preserves. Layers and masks of
    a bundle are kept where the format can hold them.
    """
    from playnano.cli.recipe_from_flags import RecipeFlags, recipe_document
    from playnano.recipe.reading import validated

    export = _format(output, to)
    _refuse_placeholders(output, movie)
    flags = RecipeFlags("", (export,), raw=False, input=source)
    document = with_flags(recipe_document(flags), [], of_run(frames, None, None))
    document = _called(document, output, export)
    manner = RunOptions(overwrite, threads, quiet)
    Batch(document, validated(document), manner, ("playnano", *ctx.obj["argv"])).over([movie])


def _refuse_placeholders(output: Path, movie: Path) -> None:
    """OUTPUT is one file, called so: a movie of that name may be."""
    from playnano.model import PLACEHOLDERS

    for word in PLACEHOLDERS:
        if f"{{{word}}}" in output.name and f"{{{word}}}" not in movie.name:
            raise UsageError(f"{output}: '{{{word}}}' stands for nothing in OUTPUT: write the name itself")


def _format(output: Path, to: str | None) -> str:
    """Name of the format that OUTPUT is to have."""
    from playnano.exporters import EXPORTS

    if to is not None:
        return EXPORTS.canonical(to.lower())
    fitting = {export.extension: name for name, export in _by_name().items() if _ends(output, export)}
    if not fitting:
        endings = ", ".join(dict.fromkeys(e.extension for e in _by_name().values() if e.extension[:1] == "."))
        raise UsageError(f"{output}: its extension does not determine a format ({endings}); use --to")
    return fitting[max(fitting, key=len)]


def _by_name() -> "dict[str, type[Export]]":
    from playnano.exporters import EXPORTS

    return {name: EXPORTS[name] for name in EXPORTS.names}


def _ends(output: Path, export: "type[Export]") -> bool:
    return bool(export.extension) and output.name.lower().endswith(export.extension)


def _called(document: "Document", output: Path, format: str) -> "Document":
    """The recipe that writes exactly the file called OUTPUT."""
    from playnano.exporters import EXPORTS

    extension = EXPORTS[format].extension
    if output.name[len(output.name) - len(extension) :] != extension or output.name == extension:
        raise UsageError(f"{output}: {format} writes names that end in {extension}")
    stem = output.name[: len(output.name) - len(extension)]
    document = document.with_value(("exports", 0, "name"), stem, "OUTPUT")
    return replace(document.with_value(("output", "folder"), str(output.parent), "OUTPUT"))

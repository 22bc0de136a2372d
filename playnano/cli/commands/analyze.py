"""`playnano analyze`: measure what a bundle holds."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.batch_text import Batch
from playnano.cli.flags import (
    Analysis,
    OutputFolder,
    OutputName,
    Overwrite,
    PlanFlag,
    Quiet,
    RunOptions,
    Settings,
    Threads,
)
from playnano.cli.output import UsageError
from playnano.cli.recipe_flags import of_run, with_flags

if TYPE_CHECKING:
    from playnano.recipe.document import Document

HINT = "nothing to measure: add for example --analysis \"features\", or --recipe FILE with an 'analysis'"

EXAMPLES = """\
playnano analyze output/movie.h5 --analysis "features; tracks:of=features"
playnano analyze output/movie.h5 --recipe recipe.yaml --export csv h5"""


def analyze(
    ctx: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file that playnano wrote.")],
    *,
    analysis: Analysis = "",
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Measure what the 'analysis' of this recipe says; no step is done."
        ),
    ] = None,
    export: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT...", help="Formats to write, as in '--export csv h5'.  [default: csv]"),
    ] = None,
    settings: Settings = None,
    output_folder: OutputFolder = None,
    output_name: OutputName = None,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
    plan: PlanFlag = False,
) -> None:
    """Measure what a bundle holds, without doing its steps again.

    The bundle is only read; the tables, and bundles that --export asks for,
    are new files, whose provenance goes on where that of the bundle ends.
    """
    from playnano.recipe.reading import validated

    if bool(analysis.strip()) == (recipe is not None):
        raise UsageError(HINT if recipe is None else "give either --analysis or --recipe")
    document = _document(analysis, recipe, tuple(export or ["csv"]))
    document = document if output_name else _named(document, bundle)
    document = with_flags(document, settings or [], of_run(None, output_folder, output_name))
    checked = validated(document)
    if not checked.analysis:
        raise UsageError(HINT)
    options = RunOptions(overwrite, threads, quiet, plan)
    Batch(document, checked, options, ("playnano", *ctx.obj["argv"])).over([bundle])


def _document(analysis: str, recipe: str | None, exports: tuple[str, ...]) -> "Document":
    """The recipe that measures and does no step."""
    from playnano.cli.recipe_from_flags import RecipeFlags, recipe_document
    from playnano.recipe.reading import read_document

    flags = recipe_document(RecipeFlags("", exports, raw=False, analysis=analysis))
    if recipe is None:
        return flags
    document = read_document(recipe)
    if not isinstance(document.value, dict):
        return document
    kept = {key: document.value[key] for key in ("version", "analysis") if key in document.value}
    overrides = {loc: flag for loc, flag in flags.overrides.items() if loc[0] == "exports"}
    value = {**kept, "exports": flags.value["exports"]}
    return replace(document, value=value, overrides=overrides)


def _named(document: "Document", bundle: Path) -> "Document":
    """Files called after the bundle and `_analysis`, so that none is called like the bundle's own."""
    from playnano.exporters.naming import movie_stem

    if not isinstance(document.value, dict):
        return document
    name = f"{movie_stem(bundle.name, is_folder=bundle.is_dir())}_analysis"
    exports = [{**export, "name": name} for export in document.value["exports"]]
    return replace(document, value={**document.value, "exports": exports})

"""`playnano process`: a recipe from flags, run at once."""

from typing import TYPE_CHECKING, Annotated

import typer

from playnano.batch.movies import matching_files
from playnano.cli.batch_text import Batch
from playnano.cli.flag_groups import InputFlags, grouped
from playnano.cli.flags import Analysis, Frames, OutputFolder, OutputName, ReportFlag, RunOptions, Settings
from playnano.cli.output import UsageError, say
from playnano.cli.picture_flags import PictureFlags
from playnano.cli.recipe_flags import of_run, with_flags

if TYPE_CHECKING:
    from playnano.recipe.document import Document

HINT = (
    'nothing to write: add for example "--make-gif" or "--export npz", or "--print-recipe" to see the recipe'
)

EXAMPLES = """\
playnano process movie.asd --processing "remove_plane" --export npz hdf5
playnano process movie.asd --processing "remove_plane" --make-gif --make-video
playnano process movie.asd --export tif --raw
playnano process movie.asd --processing "gaussian_filter:sigma=2" \\
    --export h5 --save-recipe recipe.yaml"""


Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Movies to process, one after another.")
]
Processing = Annotated[
    str,
    typer.Option(
        metavar="STEPS",
        help="Steps, separated by ';', each with its parameters: "
        '"remove_plane; gaussian_filter:sigma=2; drop_frames:indices_to_drop=[1,2]".',
    ),
]
ExportFormats = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMAT...",
        help="Formats to write, as in '--export tif npz hdf5'; 'playnano formats' lists them.",
    ),
]
Raw = Annotated[bool, typer.Option("--raw", help="Write the unprocessed movie, in every format.")]
SaveRecipe = Annotated[
    str | None, typer.Option(metavar="FILE", help="Save the recipe equivalent to these flags.")
]
PrintRecipe = Annotated[bool, typer.Option("--print-recipe", help="Print that recipe and do nothing else.")]


@grouped
def process(
    ctx: typer.Context,
    inputs: Inputs,
    *,
    processing: Processing = "",
    analysis: Analysis = "",
    export: ExportFormats = None,
    pictures: PictureFlags,
    report: ReportFlag = False,
    raw: Raw = False,
    source: InputFlags,
    save_recipe: SaveRecipe = None,
    print_recipe: PrintRecipe = False,
    settings: Settings = None,
    frames: Frames = None,
    output_folder: OutputFolder = None,
    output_name: OutputName = None,
    options: RunOptions,
) -> None:
    """Process movies as the flags say, without a recipe file.

    The flags are turned into a recipe. Print or save it, and 'playnano run'
    does the same again.
    """
    from playnano.cli.recipe_from_flags import RecipeFlags, recipe_document, recipe_text
    from playnano.recipe.reading import validated

    flags = RecipeFlags(processing, tuple(export or ()), raw, source, pictures, analysis, report)
    document = with_flags(recipe_document(flags), settings or [], of_run(frames, output_folder, output_name))
    checked = validated(document)
    if print_recipe:
        say(recipe_text(document, inputs, None), end="")
        return
    saved = save_recipe is not None and _saved(document, inputs, save_recipe, options)
    if checked.exports or options.plan:
        Batch(document, checked, options, ("playnano", *ctx.obj["argv"])).over(matching_files(inputs))
    elif not saved:
        raise UsageError(HINT)


def _saved(document: "Document", inputs: list[str], file: str, options: RunOptions) -> bool:
    """Save the recipe, except where nothing is to be written; true, since that was to be done."""
    from playnano.cli.recipe_from_flags import recipe_text, save

    if not options.plan:
        save(recipe_text(document, inputs, file), file, overwrite=options.overwrite)
    return True

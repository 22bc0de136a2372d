"""`playnano process`: a recipe from flags, run at once."""

from typing import Annotated

import typer

from playnano.batch.movies import matching_files
from playnano.cli.batch_text import Batch
from playnano.cli.flags import (
    Analysis,
    Channel,
    Combine,
    FrameIntervalS,
    Frames,
    OutputFolder,
    OutputName,
    Overwrite,
    PixelSizeNm,
    PlanFlag,
    Quiet,
    Reader,
    ReportFlag,
    RunOptions,
    Settings,
    Strict,
    Threads,
    Unit,
)
from playnano.cli.output import UsageError, say
from playnano.cli.picture_flags import (
    Cmap,
    ColourBar,
    Fps,
    MakeGif,
    MakeSequence,
    MakeVideo,
    NoScaleBar,
    NoTimestamp,
    PictureFlags,
    ScaleBarNm,
    ZMax,
    ZMin,
)
from playnano.cli.recipe_flags import of_run, with_flags

HINT = (
    'nothing to write: add for example "--make-gif" or "--export npz", or "--print-recipe" to see the recipe'
)

EXAMPLES = """\
playnano process movie.asd --processing "remove_plane" --export npz hdf5
playnano process movie.asd --processing "remove_plane" --make-gif --make-video
playnano process movie.asd --export tif --raw
playnano process movie.asd --processing "gaussian_filter:sigma=2" \\
    --export h5 --save-recipe recipe.yaml"""


def process(
    ctx: typer.Context,
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Movies to process, one after another.")
    ],
    *,
    processing: Annotated[
        str,
        typer.Option(
            metavar="STEPS",
            help="Steps, separated by ';', each with its parameters: "
            '"remove_plane; gaussian_filter:sigma=2; drop_frames:indices_to_drop=[1,2]".',
        ),
    ] = "",
    analysis: Analysis = "",
    export: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT...",
            help="Formats to write, as in '--export tif npz hdf5'; 'playnano formats' lists them.",
        ),
    ] = None,
    make_gif: MakeGif = False,
    make_video: MakeVideo = None,
    make_sequence: MakeSequence = None,
    scale_bar_nm: ScaleBarNm = None,
    zmin: ZMin = None,
    zmax: ZMax = None,
    cmap: Cmap = None,
    fps: Fps = None,
    no_timestamp: NoTimestamp = False,
    no_scale_bar: NoScaleBar = False,
    colour_bar: ColourBar = False,
    report: ReportFlag = False,
    raw: Annotated[bool, typer.Option("--raw", help="Write the unprocessed movie, in every format.")] = False,
    channel: Channel = None,
    combine: Combine = None,
    reader: Reader = None,
    unit: Unit = None,
    pixel_size_nm: PixelSizeNm = None,
    frame_interval_s: FrameIntervalS = None,
    strict: Strict = False,
    save_recipe: Annotated[
        str | None, typer.Option(metavar="FILE", help="Save the recipe equivalent to these flags.")
    ] = None,
    print_recipe: Annotated[
        bool, typer.Option("--print-recipe", help="Print that recipe and do nothing else.")
    ] = False,
    settings: Settings = None,
    frames: Frames = None,
    output_folder: OutputFolder = None,
    output_name: OutputName = None,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
    plan: PlanFlag = False,
) -> None:
    """Process movies as the flags say, without a recipe file.

    The flags are turned into a recipe. Print or save it, and 'playnano run'
    does the same again.
    """
    from playnano.cli.recipe_from_flags import RecipeFlags, channels, recipe_document, recipe_text, save
    from playnano.recipe.reading import validated

    said = {
        "channel": channels(channel, combine),
        "combine": combine,
        "reader": reader,
        "unit": unit,
        "strict": strict or None,
    }
    texts = {"scale_bar_nm": scale_bar_nm, "zmin": zmin, "zmax": zmax, "cmap": cmap, "fps": fps}
    switches = {
        "--no-timestamp": ("timestamp", False) if no_timestamp else None,
        "--no-scale-bar": ("scale_bar", False) if no_scale_bar else None,
        "--colour-bar": ("colour_bar", True) if colour_bar else None,
    }
    given = {flag: setting for flag, setting in switches.items() if setting is not None}
    pictures = PictureFlags(make_gif, make_video, make_sequence, texts, given)
    wanted = RecipeFlags(
        processing,
        tuple(export or ()),
        raw,
        said,
        pixel_size_nm,
        frame_interval_s,
        pictures,
        analysis,
        report,
    )
    document = with_flags(recipe_document(wanted), settings or [], of_run(frames, output_folder, output_name))
    checked = validated(document)
    if print_recipe:
        say(recipe_text(document, inputs, None), end="")
        return
    if save_recipe is not None and not plan:
        save(recipe_text(document, inputs, save_recipe), save_recipe, overwrite=overwrite)
    if checked.exports or plan:
        manner = RunOptions(overwrite, threads, quiet, plan)
        Batch(document, checked, manner, ("playnano", *ctx.obj["argv"])).over(matching_files(inputs))
    elif save_recipe is None:
        raise UsageError(HINT)

"""The flags that several commands share."""

from dataclasses import dataclass
from typing import Annotated

import typer

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set any key of the recipe, steps and exports counted from 1: --set steps.1.sigma=2. "
        "May be repeated.",
    ),
]
Frames = Annotated[
    str | None,
    typer.Option(metavar="START:END", help="Only these frames, END left out: --frames 0:20 for a quick try."),
]
OutputFolder = Annotated[
    str | None, typer.Option(metavar="FOLDER", help="Folder for the files.  [default: output]")
]
OutputName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Name of the files without ending; {input} and {channel} stand for those of the movie.  "
        "[default: {input}]",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        "-t",
        metavar="N",
        min=1,
        help="Number of threads.  [default: CPU cores, at most 8]",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
PlanFlag = Annotated[
    bool, typer.Option("--plan", help="Say what would be done and written; compute and write nothing.")
]
Channel = Annotated[
    str | None, typer.Option(metavar="NAME", help="Channel to read; the topography unless given.")
]
Combine = Annotated[
    str | None,
    typer.Option(
        metavar="WAY",
        help="Trace and retrace as one movie, aligned: mean, difference or interleave of the two channels "
        "in '--channel TRACE,RETRACE'.",
    ),
]
Reader = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Reader to use; the one that knows the file unless given."),
]
Unit = Annotated[str | None, typer.Option(metavar="UNIT", help="Unit of the images, in place of the file's.")]
PixelSizeNm = Annotated[
    str | None, typer.Option(metavar="NM", help="Pixel size in place of the file's: a number, or Y,X.")
]
FrameIntervalS = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="Time from frame to frame, in place of the file's.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a movie that is incomplete.")]


@dataclass(frozen=True)
class RunOptions:
    """How movies are run: what of the flags is not part of the recipe."""

    overwrite: bool = False
    threads: int | None = None
    quiet: bool = False
    plan: bool = False

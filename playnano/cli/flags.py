"""The flags that several commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set any key of the recipe; steps, measures and exports are counted from 1: "
        "--set steps.1.sigma=2. "
        "May be repeated.",
    ),
]
Analysis = Annotated[
    str,
    typer.Option(
        metavar="MEASURES",
        help="Measures, separated by ';', each with its parameters: "
        '"features:mask=particles; tracks:of=features,max_distance_nm=30".',
    ),
]
Frames = Annotated[
    str | None,
    typer.Option(
        metavar="START:END", help="Use only these frames, END excluded: --frames 0:20 for a quick try."
    ),
]
OutputFolder = Annotated[str | None, typer.Option(metavar="FOLDER", help="Output folder.  [default: output]")]
OutputName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="File name without extension; may contain {input} and {channel}.  [default: {input}]",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        "-t",
        metavar="N",
        min=1,
        help="Number of threads, per process.  [default: CPU cores, at most 8]",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and doubts about a result.")]
ReportFlag = Annotated[
    bool,
    typer.Option(
        "--report", help="Also write a page that shows whether to trust the result: <name>_report.html."
    ),
]
PlanFlag = Annotated[
    bool, typer.Option("--plan", help="Show what would be done and written; compute and write nothing.")
]
Channel = Annotated[
    str | None, typer.Option(metavar="NAME", help="Channel to read.  [default: that of the topography]")
]
Combine = Annotated[
    str | None,
    typer.Option(
        metavar="WAY",
        help="Combine the two channels of '--channel TRACE,RETRACE', aligned, into one movie: mean, "
        "difference or interleave.",
    ),
]
Reader = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Reader to use.  [default: chosen by content]"),
]
Unit = Annotated[
    str | None, typer.Option(metavar="UNIT", help="Unit of the images: heights are converted to it.")
]
PixelSizeNm = Annotated[
    str | None, typer.Option(metavar="NM", help="Pixel size, overriding the file: a number, or YxX.")
]
FrameIntervalS = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="Time between frames, overriding all times of the file.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse a movie that is incomplete, damaged or mixed.")
]


Pattern = Annotated[
    str | None,
    typer.Option(metavar="GLOB", help='Of the movies below a folder, only these: --pattern "*.asd".'),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="LIST",
        help="Movies listed in a text file, one path per line, or in the column 'movie' of a .csv table. "
        "Paths are relative to INPUT where that is a folder, else to the column 'folder' of the table, "
        "else to the list.",
    ),
]
Marked = Annotated[
    str | None,
    typer.Option(metavar="MARK", help="Of a .csv list, only movies with this mark, such as good."),
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first movie that fails.")]


Again = Annotated[
    bool, typer.Option("--again", help="Run also movies of a batch that are done and unchanged.")
]


Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=64,
        help="Number of processes, each with one of several movies and its share of the threads.  "
        "[default: CPU cores, at most 8; 1 for fewer than 8 movies]",
    ),
]


ShardFlag = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Run every N-th movie, from the I-th on, for N jobs that share a folder: --shard 2/8.",
    ),
]


Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Run the movies on a cluster of dask.distributed: tcp://host:8786, or local for one on this "
        "machine.",
    ),
]


@dataclass(frozen=True)
class RunOptions:
    """How movies are run: what of the flags is not part of the recipe."""

    overwrite: Overwrite = False
    threads: Threads = None
    quiet: Quiet = False
    plan: PlanFlag = False
    fail_fast: FailFast = False
    again: Again = False
    workers: Workers = None
    shard: ShardFlag = None
    scheduler: Scheduler = None

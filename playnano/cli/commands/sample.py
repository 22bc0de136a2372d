"""`playnano sample`: a movie to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.output import show, size, table

EXAMPLES = """\
playnano sample movie.h5
playnano sample steps.h5 --scenario terraces
playnano sample movie.asd --frames 20 --size 64 --seed 1"""


def sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write: .h5, .npz, .asd or .h5-jpk.")],
    *,
    scenario: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What to show: molecules, terraces, crowded, lattice, drift, scars or blank-frames.",
        ),
    ] = "molecules",
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Number of frames.")] = 60,
    side: Annotated[
        int, typer.Option("--size", metavar="PIXELS", min=8, help="Height and width of a frame.")
    ] = 128,
    pixel_size_nm: Annotated[float, typer.Option(metavar="NM", help="Pixel size.")] = 4.0,
    frame_interval_s: Annotated[float, typer.Option(metavar="SECONDS", help="Time between frames.")] = 0.5,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Random seed.")] = 7,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Write a synthetic movie with known ground truth.

    Molecules diffuse on mica under tilt, drift and noise. Their true
    positions are written to OUT.truth.json beside the movie.
    """
    from playnano.sample.files import write_sample
    from playnano.sample.scenarios import scenario as movie_of

    movie = movie_of(
        scenario,
        frames=frames,
        height=side,
        width=side,
        pixel_size_nm=pixel_size_nm,
        frame_interval_s=frame_interval_s,
        seed=seed,
    )
    written = write_sample(out, movie, overwrite=overwrite)
    show(list(table([(str(path), size(path.stat().st_size)) for path in written])))

"""Export a stack as an animated GIF."""

from pathlib import Path
from typing import Literal

from playnano.io.pictures import Bound, exported, look
from playnano.recipe.recipe import OUTPUT_FOLDER
from playnano.rendering.colormaps import DEFAULT_CMAP
from playnano.stack.stack import AFMImageStack

__all__ = ["DEFAULT_CMAP", "export_gif"]


def export_gif(
    stack: AFMImageStack,
    make_gif: bool = True,
    output_folder: str | Path = OUTPUT_FOLDER,
    output_name: str | None = None,
    scale_bar_nm: float | Literal["auto"] | None = None,
    fps: float = 5.0,
    cmap_name: str = DEFAULT_CMAP,
    zmin: Bound = None,
    zmax: Bound = None,
    draw_ts: bool = True,
    draw_scale_bar: bool = True,
    raw: bool = False,
    overwrite: bool = False,
) -> Path | None:
    """Export an animated GIF with a timestamp and a scale bar.

    Parameters
    ----------
    stack : AFMImageStack
    make_gif : bool
        False: do nothing.
    output_folder : str or Path
        Made where it is missing.
    output_name : str, optional
        Name of the file without `_filtered.gif`; by default that of the input.
    scale_bar_nm : float or "auto", optional
        Length of the scale bar in nm; by default 100, or what fits.
    fps : float
        Frames per second.
    cmap_name : str
        Name of a colormap, ours or matplotlib's.
    zmin, zmax : float or "auto", optional
        Heights of the darkest and the lightest colour; by default the 1st and 99th percentile.
    draw_ts, draw_scale_bar : bool
        Whether the time and the scale bar are drawn.
    raw : bool
        Show the movie as it was read: all frames, no steps.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path or None
        The file written.

    Raises
    ------
    PlaynanoError
        For a setting that cannot be meant, unknown times or pixel size that are to be drawn, or a file
        that exists.
    """
    if not make_gif:
        return None
    settings = look(
        scale_bar_nm=scale_bar_nm,
        cmap_name=cmap_name,
        zmin=zmin,
        zmax=zmax,
        draw_ts=draw_ts,
        draw_scale_bar=draw_scale_bar,
    )
    settings |= {"format": "gif", "fps": fps, "raw": raw}
    return exported(
        stack, settings, output_folder=output_folder, output_name=output_name, overwrite=overwrite
    )

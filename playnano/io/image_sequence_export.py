"""Export a stack as a folder of pictures, one per frame."""

from pathlib import Path
from typing import Literal

from playnano.errors import ExportError
from playnano.io.pictures import Bound, exported, look
from playnano.recipe.recipe import OUTPUT_FOLDER
from playnano.rendering.colormaps import DEFAULT_CMAP
from playnano.stack.stack import AFMImageStack

__all__ = ["DEFAULT_CMAP", "export_image_sequence"]

FORMATS = ("png", "jpg", "jpeg")


def export_image_sequence(
    stack: AFMImageStack,
    make_sequence: bool = True,
    output_folder: str | Path = OUTPUT_FOLDER,
    output_name: str | None = None,
    fmt: Literal["png", "jpg", "jpeg"] = "png",
    scale_bar_nm: float | Literal["auto"] | None = None,
    cmap_name: str = DEFAULT_CMAP,
    zmin: Bound = None,
    zmax: Bound = None,
    draw_ts: bool = True,
    draw_scale_bar: bool = True,
    raw: bool = False,
    overwrite: bool = False,
) -> Path | None:
    """Export a folder of pictures, one per frame, with a timestamp and a scale bar.

    Parameters
    ----------
    stack : AFMImageStack
    make_sequence : bool
        False: do nothing.
    output_folder : str or Path
        Where the folder is made.
    output_name : str, optional
        Name of the folder without `_filtered`; by default that of the input.
    fmt : {"png", "jpg"}
        Format of the pictures; `png` keeps every colour, `jpg` is for mails and pages.
    scale_bar_nm : float or "auto", optional
        Length of the scale bar in nm; by default 100, or what fits.
    cmap_name : str
        Name of a colormap, ours or matplotlib's.
    zmin, zmax : float or "auto", optional
        Heights of the darkest and the lightest colour; by default the 1st and 99th percentile.
    draw_ts, draw_scale_bar : bool
        Whether the time and the scale bar are drawn.
    raw : bool
        Show the movie as it was read: all frames, no steps.
    overwrite : bool
        Replace an existing folder that holds nothing but such pictures.

    Returns
    -------
    Path or None
        The folder written.

    Raises
    ------
    PlaynanoError
        For a setting that cannot be meant, unknown times or pixel size that are to be drawn, or a folder
        that exists.
    """
    if not make_sequence:
        return None
    if fmt not in FORMATS:
        raise ExportError(f"an image sequence is png or jpg, not '{fmt}'")
    settings = look(
        scale_bar_nm=scale_bar_nm,
        cmap_name=cmap_name,
        zmin=zmin,
        zmax=zmax,
        draw_ts=draw_ts,
        draw_scale_bar=draw_scale_bar,
    )
    settings |= {"format": fmt, "raw": raw}
    return exported(
        stack, settings, output_folder=output_folder, output_name=output_name, overwrite=overwrite
    )

"""What the functions that export pictures share: their keywords as settings, the file's name, the writing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import playnano.rendering  # noqa: F401 - whoever imports this may name our colormaps to matplotlib
from playnano.exporters import EXPORTS
from playnano.exporters.naming import stack_stem
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack

Bound = float | Literal["auto"] | None


def look(
    *,
    scale_bar_nm: float | Literal["auto"] | None,
    cmap_name: str,
    zmin: Bound,
    zmax: Bound,
    draw_ts: bool,
    draw_scale_bar: bool,
) -> dict[str, Any]:
    """The keywords of the picture functions as the settings of an export; None = not given."""
    return {
        "cmap": cmap_name,
        "zmin": "auto" if zmin is None else zmin,
        "zmax": "auto" if zmax is None else zmax,
        "scale_bar_nm": scale_bar_nm,
        "timestamp": draw_ts,
        "scale_bar": draw_scale_bar,
    }


def exported(
    stack: AFMImageStack,
    settings: Mapping[str, Any],
    *,
    output_folder: str | Path,
    output_name: str | None,
    overwrite: bool,
) -> Path:
    """Write a stack as pictures to `<output_folder>/<output_name>_filtered.<ext>` and the like.

    Parameters
    ----------
    settings : mapping
        Of the export, its `format` among them.

    Raises
    ------
    PlaynanoError
        For a setting that cannot be meant, or where the file exists or cannot be written.
    """
    export = EXPORTS.make(str(settings["format"]), settings)
    stem = output_name or stack_stem(stack)
    path = Path(output_folder) / export.file_name(stem, bool(stack.provenance.all_steps()))
    return write_exports(stack, [PlannedFile(export, path)], overwrite=overwrite).outputs[0]

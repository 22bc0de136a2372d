"""What the figure of a table shows: by the measure that made it."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.tables.figures import COLOURS, axes_of, say_empty
from playnano.kernels.survival import survival
from playnano.stack.frames import Image
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, first_of_each

Draw = Callable[[Any, Table, AFMImageStack], None]
MOST_LINES = 10
"""Curves of a movie with more frames: as many as this, evenly chosen."""


def drawing_of(measure: str, table: Table) -> Draw | None:
    """How the table of a measure is drawn; None where it has no figure."""
    if measure in DRAWINGS:
        return DRAWINGS[measure]
    return _tracks if {"track", "frame", "y_nm", "x_nm"} <= set(table.names) else None


def _named(table: Table, start: str) -> str:
    """The first column with this prefix: heights have their unit in the name."""
    return next(name for name in table.names if name.startswith(start))


def _label(table: Table, name: str, text: str) -> str:
    unit = table.unit(name)
    return f"{text} ({unit})" if unit else text


def mean_image(stack: AFMImageStack) -> Image:
    """Mean over the frames, ignoring NaN; NaN where all values are NaN."""
    total, count = np.zeros(stack.shape[1:]), np.zeros(stack.shape[1:])
    for image in stack:
        valid = np.isfinite(image)
        total += np.where(valid, image, 0)
        count += valid
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def _tracks(sheet: Any, table: Table, stack: AFMImageStack) -> None:
    axes = axes_of(sheet, "x (nm)", "y (nm)")
    image = mean_image(stack)
    y, x = stack.pixel_size_y_nm or stack.pixel_size_nm or 1.0, stack.pixel_size_nm or 1.0
    extent = (-x / 2, (image.shape[1] - 0.5) * x, (image.shape[0] - 0.5) * y, -y / 2)
    low, high = np.nanpercentile(image, [1, 99]) if np.isfinite(image).any() else (0.0, 1.0)
    axes.imshow(image, cmap="gray", extent=extent, vmin=low, vmax=max(high, low + 1e-9))
    table = table.select(np.lexsort((table.column("frame"), table.column("track"))))
    starts = first_of_each(table.column("track"))
    for start, end in pairwise([*starts, len(table)]):
        way = slice(start, end)
        colour = COLOURS[(int(table.column("track")[start]) - 1) % len(COLOURS)]
        axes.plot(table.column("x_nm")[way], table.column("y_nm")[way], "-", color=colour)
        axes.plot(table.column("x_nm")[start], table.column("y_nm")[start], ".", color=colour, ms=3)
    if not len(table):
        say_empty(axes, table.note)


def _msd(sheet: Any, table: Table, stack: AFMImageStack) -> None:
    axes = axes_of(sheet, "lag (s)", "MSD (nm$^2$)")
    starts = first_of_each(table.column("track"))
    for start, end in pairwise([*starts, len(table)]):
        curve = table.select(np.arange(start, end))
        time, d, offset = (curve.column(name) for name in ("lag_s", "d_nm2_per_s", "offset_nm2"))
        colour = COLOURS[max(0, int(curve.column("track")[0]) - 1) % len(COLOURS)]
        axes.plot(time, curve.column("msd_nm2"), "o", ms=2.5, color=colour)
        fit = 4 * d * time + offset
        axes.plot(time[fit > 0], fit[fit > 0], "-", color=colour)
    if len(starts) == 1:
        first = {name: table.column(name)[0] for name in table.names}
        axes.set_title(
            f"D = {first['d_nm2_per_s']:.3g} ± {first['d_error_nm2_per_s']:.2g} nm$^2$/s, "
            f"\N{GREEK SMALL LETTER ALPHA} = {first['alpha']:.2f} ± {first['alpha_error']:.2g}",
            fontsize=7,
        )
    if not len(table):
        say_empty(axes, table.note)
        return
    axes.set_xscale("log")
    axes.set_yscale("log")


def _features(sheet: Any, table: Table, stack: AFMImageStack) -> None:
    left, right = sheet.subplots(1, 2)
    height = _named(table, "height_max")
    for axes, name, text in ((left, "area_nm2", "area"), (right, height, "height")):
        axes.set_xlabel(_label(table, name, text))
        axes.set_ylabel("features")
        _histogram(axes, table.column(name), table.note)


def _histogram(axes: Any, values: NDArray[Any], note: str) -> None:
    values = values[np.isfinite(values)]
    if not len(values):
        say_empty(axes, note)
        return
    bins = int(np.clip(np.sqrt(len(values)), 5, 50))
    axes.hist(values, bins=bins, color=COLOURS[0])


def _spots(sheet: Any, table: Table, stack: AFMImageStack) -> None:
    name = next((n for n in table.names if n.startswith("height_max")), "score")
    axes = axes_of(sheet, _label(table, name, name.split("_")[0]), "number")
    _histogram(axes, table.column(name), table.note)


def _survival(sheet: Any, table: Table, stack: AFMImageStack) -> None:
    axes = axes_of(sheet, "dwell time (s)", "share that lasts longer")
    whole = ~table.column("begin_censored")
    if not whole.any():
        say_empty(axes, table.note or "no stay whose beginning was seen")
        return
    times, share = survival(table.column("dwell_s")[whole], table.column("end_censored")[whole])
    axes.step(times, share, where="post", color=COLOURS[0])
    axes.set_ylim(0, 1.02)
    axes.set_title(f"{whole.sum()} stays, {table.column('end_censored')[whole].sum()} censored", fontsize=7)


def _over_time(what: str, *starts: str) -> Draw:
    """Columns against time, one line for each, and for each point where there are several."""

    def draw(sheet: Any, table: Table, stack: AFMImageStack) -> None:
        names = [_named(table, start) for start in starts]
        has_times = np.isfinite(table.column("time_s")).all() and len(table) > 0
        clock = "time_s" if has_times else "frame"
        axes = axes_of(sheet, "time (s)" if has_times else "frame", _label(table, names[0], what))
        groups = table.column("point") if "point" in table.names else np.zeros(len(table), int)
        for number, group in enumerate(np.unique(groups)):
            for place, name in enumerate(names):
                own = groups == group
                text = f"point {group}" if "point" in table.names else name.split("_")[0]
                colour = COLOURS[(number + place) % len(COLOURS)]
                axes.plot(table.column(clock)[own], table.column(name)[own], color=colour, label=text)
        if len(names) > 1 or len(np.unique(groups)) > 1:
            axes.legend()
        if not len(table):
            say_empty(axes, table.note)

    return draw


def _curves(x: str, y: str, *, log: bool = False) -> Draw:
    """One curve for each frame, of long movies some."""

    def draw(sheet: Any, table: Table, stack: AFMImageStack) -> None:
        across, up = _named(table, x), _named(table, y)
        axes = axes_of(
            sheet, _label(table, across, across.split("_")[0]), _label(table, up, up.split("_")[0])
        )
        frames = np.unique(table.column("frame"))
        chosen = (
            frames[np.unique(np.linspace(0, len(frames) - 1, MOST_LINES).astype(int))] if len(frames) else []
        )
        for number, frame in enumerate(chosen):
            own = table.column("frame") == frame
            text = "movie" if frame < 0 else f"frame {frame}"
            colour = COLOURS[number % len(COLOURS)]
            axes.plot(table.column(across)[own], table.column(up)[own], color=colour, label=text)
        if not len(chosen):
            say_empty(axes, table.note)
            return
        axes.legend(fontsize=5)
        if log:
            axes.set_xscale("log")
            axes.set_yscale("log")

    return draw


DRAWINGS: Mapping[str, Draw] = {
    "features": _features,
    "blobs": _spots,
    "peaks": _spots,
    "template": _spots,
    "tracks": _tracks,
    "msd": _msd,
    "dwell_times": _survival,
    "line_profile": _curves("distance_nm", "height_"),
    "height_at": _over_time("height", "height_"),
    "height_histogram": _curves("height_", "density_"),
    "bearing_curve": _curves("area_share", "height_"),
    "psd": _curves("frequency_", "density_", log=True),
    "roughness": _over_time("roughness", "sq_", "sa_"),
    "boundary": _over_time("area", "area_nm2"),
    "coverage": _over_time("covered share", "covered_share"),
}

"""What an `.aris` file says beside its images."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from playnano.readers.parsing.hdf5 import Attributes, attributes, check_within, number, text

SCAN = "Parameters/Scan"
TOPOGRAPHY = ("heighttrace", "heightretrace", "zsensortrace", "zsensorretrace")
_MOST_FRAMES = 1 << 24


def group(parent: Any, name: str) -> Any:
    """A group by its path; None where there is none."""
    import h5py

    member = parent.get(name) if isinstance(parent, h5py.Group) else None
    return member if isinstance(member, h5py.Group) else None


def settings(of: Any) -> Attributes:
    """What a group says: texts and numbers, a number alone in a list too."""
    if of is None:
        return {}
    values = dict(attributes(of, ("",)))
    for name in [name for name, value in values.items() if value is None]:
        value = of.attrs[name]
        if getattr(value, "shape", None) == (1,) and value.dtype.kind in "iuf" and math.isfinite(value[0]):
            values[name] = value.item()
    return values


def announced(info: Any) -> int:
    """How many frames the file says it has; 0 where it does not."""
    n_frames = number(settings(info), "NumFrames") or 0
    return int(min(max(n_frames, 0), _MOST_FRAMES))


def unit_of(info: Any, channel: str) -> str | None:
    """The unit that the file says for the channel; heights are in m where it says none."""
    unit = text(settings(group(info, f"Global/Channels/{channel}/ImageDims")), "DataUnits")
    return unit or ("m" if plain(channel) in TOPOGRAPHY else None)


def pixel_size_nm(
    scan: Attributes, of_frame: Attributes, shape: tuple[int, int]
) -> tuple[float | None, float | None]:
    """(y, x) of a frame, for which sizes that changed during the movie are noted apart."""
    lengths = (number({**scan, **of_frame}, name) for name in ("SlowScanSize", "FastScanSize"))
    y, x = (
        length * 1e9 / pixels if length and length > 0 else None
        for length, pixels in zip(lengths, shape, strict=True)
    )
    return y, x


def times_s(info: Any, n_frames: int) -> list[float | None]:
    """Seconds of each frame from the first; None where the file says none."""
    series = group(info, "Series")
    times: Any = None if series is None else series.get("Time")
    if len(getattr(times, "shape", ())) != 1 or times.dtype.kind not in "iuf":
        return [None] * n_frames
    check_within(times, Path(info.file.filename))
    values = times[:n_frames].astype(np.float64)
    since = [float(time) if math.isfinite(time) else None for time in values - values[:1]]
    return since + [None] * (n_frames - len(since))


def plain(name: str) -> str:
    """A channel's name, however it is spelled."""
    return re.sub("[^a-z]", "", name.lower())

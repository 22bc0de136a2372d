"""What is known about a movie before a step is done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playnano.filenames import shown

if TYPE_CHECKING:
    from playnano.readers.base import Reader
    from playnano.stack.stack import AFMImageStack

NO_UNIT = "?"
MOST_PIXELS = 1 << 26
"""The frames of larger movies are not looked at."""


def facts(
    path: Path,
    *,
    channel: str | Sequence[str] | None = None,
    combine: str | None = None,
    reader: str | None = None,
    unit: str | None = None,
) -> dict[str, Any]:
    """Everything known about a file, as JSON can hold it; the keys are always the same.

    Raises
    ------
    ReadError
        Where it cannot be read.
    """
    from playnano.readers.finding import find_movie
    from playnano.readers.opening import movie_files

    place, (path, reads) = path, find_movie(path, reader)
    stack, missing = _opened(place, channel=channel, combine=combine, reader=reader, unit=unit)
    stack = _looked_at(stack)
    missing = [text.removeprefix(f"{shown(path)}: ") for text in missing]
    first = movie_files(stack, path)[0] if reads.name != "ome-zarr" else path
    return {
        "file": path.name,
        "size_bytes": stack.provenance.input and stack.provenance.input.size,
        "reader": reads.name,
        "channel": stack.channel,
        "channels": list(reads.channels(path)),
        "channel_details": [_channel(reads, first, name) for name in reads.channels(path)],
        "unit": None if missing else stack.unit,
        **_extent(stack),
        "time": _time(stack),
        **_quality(stack),
        "warnings": [*missing, *stack.warnings],
        **_history(stack),
        "header": {key: plain(value) for key, value in _flat(stack.header)},
    }


def _opened(place: Path, *, unit: str | None, **options: Any) -> tuple["AFMImageStack", list[str]]:
    """The movie, with or without a unit, and the missing settings."""
    from playnano.errors import UnitMissing
    from playnano.readers.opening import open_movie

    try:
        return open_movie(place, unit=unit, hashed=False, **options), []
    except UnitMissing as error:
        return open_movie(place, unit=NO_UNIT, hashed=False, **options), [str(error)]


def _channel(reads: "Reader", path: Path, name: str) -> dict[str, Any]:
    """What is known about one channel; `error` says why it cannot be read."""
    from playnano.errors import ReadError, UnitMissing
    from playnano.readers.base import ReadOptions

    facts = {"name": name, "height": None, "width": None, "unit": None, "pixel_size_nm": None, "error": None}
    try:
        try:
            stack = reads.open(path, ReadOptions(name))
            unit: str | None = stack.unit
        except UnitMissing:
            stack, unit = reads.open(path, ReadOptions(name, unit=NO_UNIT)), None
    except (ReadError, OSError) as error:
        return {**facts, "error": str(error).removeprefix(f"{shown(path)}: ")}
    extent = _extent(stack)
    return {**facts, "unit": unit, **{key: extent[key] for key in ("height", "width", "pixel_size_nm")}}


def _looked_at(stack: "AFMImageStack") -> "AFMImageStack":
    """The stack with the quality of its frames, as a run finds it, unless there are very many pixels."""
    import math

    from playnano.quality import judged
    from playnano.stack.edited import compared

    if math.prod(stack.shape) > MOST_PIXELS:
        remark = "its frames were not looked at, for there are many: a run says which are not good"
        return replace(stack, warnings=(*stack.warnings, remark))
    past = stack.provenance.history
    return judged(compared(stack, past[-1]) if past else stack)


def _quality(stack: "AFMImageStack") -> dict[str, Any]:
    """Numbers in the movie of the frames of each quality and oddity; None where not looked at."""
    from playnano.oddities import ABSURD, EMPTY, ONE_VALUE, UNDEFINED
    from playnano.quality import KEY, KINDS, bad_frames
    from playnano.stack.metadata import frame_numbers

    is_judged = any(KEY in frame for frame in stack.frame_metadata)
    numbers = frame_numbers(stack.frame_metadata)
    bad = {kind: bad_frames(stack.frame_metadata, (kind,)) for kind in KINDS}
    listed = {f"{kind}_frames": [numbers[place] for place in places] for kind, places in bad.items()}
    runs = (*stack.provenance.history, stack.provenance)
    odd = next((run.frame_oddities for run in reversed(runs) if run.frame_oddities), {})
    names = {"empty": EMPTY, "undefined": UNDEFINED, "absurd": ABSURD, "one_value": ONE_VALUE}
    kept = set(numbers)
    listed |= {f"{name}_frames": [n for n in odd.get(kind, ()) if n in kept] for name, kind in names.items()}
    return {name: frames if is_judged else None for name, frames in listed.items()}


def _extent(stack: "AFMImageStack") -> dict[str, Any]:
    frames, height, width = stack.shape
    y, x = stack.pixel_size_y_nm, stack.pixel_size_nm
    has_size = y is not None and x is not None
    return {
        "frames": frames,
        "height": height,
        "width": width,
        "pixel_size_nm": {"y": y, "x": x} if has_size else None,
        "image_size_nm": {"y": height * y, "x": width * x} if y is not None and x is not None else None,
    }


def _time(stack: "AFMImageStack") -> dict[str, Any]:
    import numpy as np

    from playnano.stack.timing import are_regular

    times = stack.timestamps
    start = _start_utc(stack)
    steps = np.diff(times)
    unknown = int(np.count_nonzero(~np.isfinite(times)))
    time = {"start_utc": start, "interval_s": None, "irregular": None, "last_frame_s": _number(times[-1])}
    time["unknown"] = unknown
    if len(times) < 2 or unknown:
        return time
    usual = float(np.median(steps))
    return {**time, "interval_s": usual, "irregular": not are_regular(steps)}


def recorded_at(stack: "AFMImageStack") -> str | None:
    """Date and time of the first frame as text, with its zone where the file states one; None = unknown."""
    start = _start_utc(stack)
    if start is not None:
        return f"{start[:16].replace('T', ' ')} UTC"
    date = stack.header.get("date") or stack.header.get("AcquisitionDate")
    return str(date)[:16].replace("T", " ") if date else None


def _start_utc(stack: "AFMImageStack") -> str | None:
    epoch = stack.frame_metadata[0].get("start_epoch_ms") if stack.frame_metadata else None
    return None if epoch is None else _utc(float(epoch) / 1000)


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _history(stack: "AFMImageStack") -> dict[str, Any]:
    history = stack.provenance.history
    first = history[0].input if history else None
    return {
        "layers": list(stack.processed),
        "masks": list(stack.masks),
        "made_from": first.name if first else None,
        "made_from_missing_frames": first.missing_frames if first else 0,
        "made_from_warnings": [*(first.warnings if first else ()), *_notes_of_runs(stack)],
        "steps": [{"index": r.index, "step": r.step, "name": r.name} for past in history for r in past.steps],
        "recipe_sha256": history[-1].recipe_sha256 if history else None,
    }


def _notes_of_runs(stack: "AFMImageStack") -> Iterator[str]:
    """What earlier runs noted of the frames, where the frames now there do not show it."""
    notes = (note for run in stack.provenance.history for note in run.frame_notes)
    yield from (note for note in dict.fromkeys(notes) if note not in stack.warnings)


def _flat(header: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in header.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def plain(value: Any) -> Any:
    """A value of a header as JSON can hold it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return _number(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _number(value: float) -> float | None:
    import math

    return float(value) if math.isfinite(value) else None

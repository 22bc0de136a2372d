"""What the bundles of playNano 0.5 hold: the same parts as ours, stored in another way."""

import io
import json
import math
import pickle
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from playnano.errors import ReadError, UnitMissing
from playnano.layouts.bundle import FRAME_METADATA, PROVENANCE
from playnano.readers.parsing.bundle import BROKEN, BundleParts, read_json, read_metadata, read_pixel_size
from playnano.readers.parsing.messages import one_line
from playnano.stack.frames import Images
from playnano.stack.metadata import METADATA_KEYS, FrameMetadata
from playnano.stack.provenance import Provenance, Record, Source
from playnano.stack.stack import RAW

BACKUPS = "state_backups_json"
PACKAGE = "playNano"
_VERSION = "_version"
_HEIGHTS = re.compile(r"(measured)?height([ _](re)?trace)?|height sensor|tp|topography", re.IGNORECASE)


class _Standin:
    """In the place of whatever a pickle wants to make: it keeps what it is given, and does nothing."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _TextUnpickler(pickle.Unpickler):
    """Reads a pickled 0-d array of one text. No code that the file names is looked up, let alone run."""

    _NAMES = (
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.ndarray",
        "numpy.dtype",
    )

    def find_class(self, module: str, name: str) -> Any:
        """A stand-in for the names that a pickled array needs; all others are refused."""
        if f"{module}.{name}" not in self._NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}, and only text is read")
        return _Standin


def unpickled_text(content: bytes, name: str) -> str:
    """The text in a pickled 0-d array.

    Raises
    ------
    ReadError
        Where the pickle holds anything else; nothing of it is run.
    """
    try:
        array = _TextUnpickler(io.BytesIO(content)).load()
        *_, values = array.state
        (text,) = values
    except Exception as error:  # a pickle can be wrong in any way
        raise ReadError(f"'{name}' is not text that can be read safely: {one_line(error)}") from error
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    if not isinstance(text, str):
        raise ReadError(f"'{name}' is not text")
    return text


def wrote(provenance: str) -> bool:
    """Whether a text is the provenance that playNano 0.5 writes."""
    try:
        document = json.loads(provenance)
    except BROKEN:
        return False
    return isinstance(document, dict) and "environment" in document and "version" not in document


def parts(
    *,
    data: Images,
    channel: str,
    unit: str | None,
    pixel_size_nm: Any,
    metadata: str,
    backups: str | None,
    provenance: str,
    processed: Mapping[str, Images],
    masks: Mapping[str, Images],
) -> BundleParts:
    """The parts of a bundle as ours has them.

    Raises
    ------
    ReadError
        Where a text cannot be read, or the unit is not known.
    """
    history = _with_unrecorded(old_provenance(provenance, channel), [*processed, *masks])
    frames = tuple(_completed(frame) for frame in read_metadata(metadata, FRAME_METADATA))
    size = exact_pixel_size(read_pixel_size(pixel_size_nm), frames)
    order = [RAW, *(record.name for record in history.steps)]
    return BundleParts(
        data=data,
        channel=channel,
        unit=unit if unit is not None else unit_of(channel),
        pixel_size_nm=size,
        pixel_size_y_nm=size,
        frame_metadata=frames,
        raw_frame_metadata=_raw_metadata(backups, processed, frames),
        provenance=history,
        processed=_ordered(processed, order),
        masks=_ordered(masks, order),
    )


def unit_of(channel: str) -> str:
    """The unit of a channel: heights are in nm there; of the others nothing is written.

    Raises
    ------
    UnitMissing
        For a channel that is not a height.
    """
    if not _HEIGHTS.fullmatch(channel):
        what = f"playNano 0.5 wrote no unit for the channel '{channel}'"
        raise UnitMissing(f"{what}; set `unit` of the input", settings=("unit",))
    return "nm"


def old_provenance(text: str, channel: str) -> Provenance:
    """What playNano 0.5 says of how a stack was made. Its text as a whole is kept under `playnano_0_5`.

    Raises
    ------
    ReadError
        Where the text is not such a provenance.
    """
    document = read_json(text, PROVENANCE)
    try:
        environment = dict(document["environment"])
        version = str(environment.get("playnano_version", "unknown"))
        steps = tuple(_record(step, version) for step in document["processing"]["steps"])
        versions = {key: str(value) for key, value in environment.items() if key.endswith(_VERSION)}
        software = {key.removesuffix(_VERSION): value for key, value in versions.items()}
        return Provenance.model_validate(
            {
                "input": Source(name="unknown", channel=channel),
                "steps": steps,
                "software": software,
                "platform": str(environment.get("platform", "")),
                "playnano_0_5": document,
            }
        )
    except BROKEN as error:
        raise ReadError(f"{PROVENANCE} cannot be read: {one_line(error)}") from error


def _with_unrecorded(provenance: Provenance, layers: list[str]) -> Provenance:
    """The provenance with a record of every layer: some of what was done from Python has none."""
    for name in layers:
        if name != RAW and name not in {record.name for record in provenance.steps}:
            step = {"index": provenance.next_index(), "name": name, "processed_key": name}
            provenance = provenance.with_step(_record(step, provenance.software.get("playnano", "unknown")))
    return provenance


def _record(step: Mapping[str, Any], version: str) -> Record:
    name = step.get("processed_key") or step.get("mask_key") or f"step_{step['index']}_{step['name']}"
    return Record(
        index=step["index"],
        name=name,
        step=step["name"],
        parameters=dict(step.get("params") or {}),
        revision=0,
        package=PACKAGE,
        package_version=version,
    )


def _completed(frame: FrameMetadata) -> FrameMetadata:
    return {**dict.fromkeys(METADATA_KEYS), **frame}


def exact_pixel_size(size: float | None, frames: tuple[FrameMetadata, ...]) -> float | None:
    """A pixel size that was rounded to float32, as the metadata of the frames have it."""
    exact = frames[0].get("frame_pixel_size_nm") if frames else None
    if size is None or not isinstance(exact, int | float):
        return size
    return float(exact) if math.isclose(size, exact, rel_tol=float(np.finfo(np.float32).eps)) else size


def _raw_metadata(
    backups: str | None, processed: Mapping[str, Images], frames: tuple[FrameMetadata, ...]
) -> tuple[FrameMetadata, ...] | None:
    """Metadata of all frames, those also that were dropped; None where none was, as far as is known."""
    n_raw = len(processed[RAW]) if RAW in processed else len(frames)
    if n_raw == len(frames):
        return None
    kept = read_json(backups, BACKUPS) if backups else {}
    before = kept.get("frame_metadata_before_edit") if isinstance(kept, dict) else None
    stored = read_metadata(json.dumps(before), BACKUPS) if before else ()
    return tuple(map(_completed, stored if len(stored) == n_raw else [{}] * n_raw))


def _ordered(layers: Mapping[str, Images], names: list[str]) -> dict[str, Images]:
    """Layers in the order they were made: HDF5 gives them by their names, step_10 before step_2."""
    present = [name for name in names if name in layers]
    return {name: layers[name] for name in dict.fromkeys([*present, *layers])}

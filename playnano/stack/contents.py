"""What a result holds, noted as it is written and compared as it is read: every array and every fact."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from playnano.model import Json
from playnano.stack.hashing import images_sha256, json_sha256
from playnano.stack.lazy import FrameImages
from playnano.stack.metadata import FrameMetadata
from playnano.stack.provenance import Contents, Provenance, checksum_of
from playnano.stack.scratch import StoredFrames

if TYPE_CHECKING:
    from playnano.stack.stack import AFMImageStack

DATA, MASK = "data", "mask"
CHANGED = "the file was changed after playnano wrote it"
"""What a run notes of an input in which something is not what was written."""
_NOT_TEXT = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sealed(stack: "AFMImageStack", keeps: Callable[[str], bool]) -> Json:
    """The provenance as JSON, with what a file of the stack will hold; its frames may have to be read.

    Parameters
    ----------
    keeps : callable
        Whether the file will hold the layer of a given name.
    """
    images = {name: sha256 for name, sha256 in _images(stack).items() if name in (DATA, MASK) or keeps(name)}
    contents = Contents(images=images, parts=parts(stack, keeps), facts=facts(stack))
    return seal(json.loads(stack.provenance.model_copy(update={"contents": contents}).to_json()))


def parts(stack: "AFMImageStack", keeps: Callable[[str], bool] = lambda layer: True) -> tuple[str, ...]:
    """Names of all that a bundle holds beside its data, each with its kind."""
    layers = [("layer", filter(keeps, stack.processed)), ("mask", filter(keeps, stack.masks))]
    kinds = [*layers, ("table", stack.tables), ("images", stack.images)]
    return tuple(f"{kind} '{name}'" for kind, names in kinds for name in names)


def seal(document: Json) -> Json:
    """The JSON of a provenance with its checksum."""
    return document | {"contents": document["contents"] | {"provenance": checksum_of(document)}}


def _images(stack: "AFMImageStack") -> dict[str, str]:
    hashes, frames = dict(stack.provenance.contents.images), stack.frames
    if DATA not in hashes:
        hashes[DATA] = images_sha256(FrameImages(frames))
    if MASK not in hashes and isinstance(frames, StoredFrames) and frames.masks is not None:
        hashes[MASK] = images_sha256(frames.masks)
    return hashes


def facts(stack: "AFMImageStack") -> Json:
    """What a stack says of itself, as files hold it."""
    raw = stack.raw_frame_metadata
    return {
        "channel": _text(stack.channel),
        "unit": _text(stack.unit),
        "pixel_size_nm": stack.pixel_size_nm,
        "pixel_size_y_nm": stack.pixel_size_y_nm,
        "frame_metadata": json_sha256(plain_frames(stack.frame_metadata)),
        "raw_frame_metadata": None if raw is None else json_sha256(plain_frames(raw)),
    }


def plain_frames(metadata: Sequence[FrameMetadata]) -> list[dict[str, Any]]:
    """Metadata of frames as JSON can hold it; None for unknown values."""
    return [{key: _plain(value) for key, value in frame.items()} for frame in metadata]


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(text: str) -> str:
    """Without what one of the formats cannot hold."""
    return _NOT_TEXT.sub("\ufffd", " ".join(text.split()))


def changed_facts(stack: "AFMImageStack") -> dict[str, str]:
    """The facts that are not those written, by name, and how; none for a file that does not say what was."""
    written, here = stack.provenance.contents.facts, facts(stack)
    changed = [name for name, value in written.items() if name in here and here[name] != value]
    hashed = ("frame_metadata", "raw_frame_metadata")
    return {name: "" if name in hashed else f"{here[name]}, not {written[name]}" for name in changed}


def changed_layers(stack: "AFMImageStack", run: Provenance) -> Iterator[str]:
    """What was changed of all that the result of a run holds besides its facts; every array is read."""
    written, frames = _written(run), stack.frames
    if _differs(FrameImages(frames), _data_sha256(run)):
        yield "its images"
    mask = frames.masks if isinstance(frames, StoredFrames) else None
    if mask is not None and _differs(mask, run.contents.images.get(MASK)):
        yield "its mask in force"
    for name, layer in {**stack.processed, **stack.masks}.items():
        same = isinstance(frames, StoredFrames) and layer is frames.images
        if not same and _differs(layer, written.get(name)):
            yield f"its layer '{name}'"
    yield from _changed_measured(stack)


def _differs(images: Any, sha256: str | None) -> bool:
    return sha256 is not None and images_sha256(images) != sha256


def _changed_measured(stack: "AFMImageStack") -> Iterator[str]:
    tables, images = stack.provenance.all_tables(), stack.provenance.all_images()
    for name, table in stack.tables.items():
        if name in tables and table.sha256() != tables[name].sha256:
            yield f"its table '{name}'"
    for name, one in stack.images.items():
        if name in images and one.sha256() != images[name][1].sha256:
            yield f"its images '{name}'"


def _written(provenance: Provenance) -> Mapping[str, str]:
    """SHA-256 of each layer by its name, of those that share a name the latest.

    What came from an input that had been changed may not be what an earlier run wrote.
    """
    hashes: dict[str, str] = {}
    for run in (*provenance.history, provenance):
        if run.input is not None and any(CHANGED in warning for warning in run.input.warnings):
            hashes = {}
        hashes |= {name: sha256 for name, sha256 in run.contents.images.items() if name not in (DATA, MASK)}
        hashes |= {record.name: record.sha256 for record in run.steps if record.sha256}
    return hashes


def _data_sha256(run: Provenance) -> str | None:
    """SHA-256 of the images that a run wrote; by the last of its steps where an older file says no more."""
    if run.contents.images or run.images is not None:
        return run.contents.images.get(DATA)
    records = [record for record in run.all_steps() if record.sha256 and "mask" not in record.step]
    return records[-1].sha256 if records else None

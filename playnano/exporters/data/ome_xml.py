"""The header of an OME-TIFF, after the OME schema of June 2016."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.data.base import data_of
from playnano.layouts.bundle import CHANNEL, FRAME_METADATA, PROVENANCE, pixel_sizes, texts
from playnano.layouts.ome import NAMESPACE, SUMMARY_KEY, VALUE_UNIT
from playnano.registry import package_version
from playnano.stack.hashing import as_stored, json_sha256
from playnano.stack.parallel import ahead
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import regular_interval

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_UUIDS = uuid.uuid5(uuid.NAMESPACE_DNS, "playnano.ome-tiff")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ome_xml(stack: AFMImageStack, threads: int = 1) -> str:
    """The header for a stack: axes TCZYX, pixel sizes in um, the time of every plane in s."""
    entries = texts(stack)
    root = ET.Element("OME", {"xmlns": SCHEMA, "UUID": _uuid(stack, entries, threads), "Creator": _creator()})
    image = ET.SubElement(root, "Image", {"ID": "Image:0", "Name": _clean(stack.channel)})
    _add_date(image, stack)
    pixels = ET.SubElement(image, "Pixels", _pixels(stack))
    channel = {"ID": "Channel:0:0", "Name": _clean(stack.channel), "SamplesPerPixel": "1"}
    ET.SubElement(pixels, "Channel", channel)
    ET.SubElement(pixels, "TiffData", {"IFD": "0", "PlaneCount": str(len(stack))})
    _add_planes(pixels, stack.timestamps)
    _add_annotations(root, image, stack, entries)
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(root, encoding="unicode")


def _creator() -> str:
    return f"playnano {package_version('playnano')}"


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _uuid(stack: AFMImageStack, entries: Mapping[str, str], threads: int) -> str:
    """The same for the same content: of the hash of the images, and all else but when it was done."""
    provenance = json.loads(entries[PROVENANCE]) | {"run": None}
    provenance["contents"]["provenance"] = None  # a checksum of when it was done, too
    content = [provenance, entries[FRAME_METADATA], stack.shape]
    steps = stack.provenance.steps
    if not steps or any(record.sha256 is None for record in steps):  # else the provenance has it
        content.append(_hash(stack, threads))
    return uuid.uuid5(_UUIDS, json_sha256(content)).urn


def _hash(stack: AFMImageStack, threads: int) -> str:
    def digest(index: int) -> bytes:
        return hashlib.sha256(as_stored(images[index]).data).digest()

    images = data_of(stack)
    return hashlib.sha256(b"".join(ahead(digest, range(len(images)), threads))).hexdigest()


def _add_date(image: ET.Element, stack: AFMImageStack) -> None:
    start = stack.frame_metadata[0].get("start_epoch_ms") if stack.frame_metadata else None
    if isinstance(start, int | float):
        moment = datetime.fromtimestamp(start / 1000, UTC).replace(tzinfo=None)
        ET.SubElement(image, "AcquisitionDate").text = moment.isoformat(timespec="milliseconds") + "Z"


def _pixels(stack: AFMImageStack) -> dict[str, str]:
    n, height, width = stack.shape
    values = {"ID": "Pixels:0", "DimensionOrder": "XYZCT", "Type": "float", "BigEndian": "false"}
    axes = {"X": width, "Y": height, "Z": 1, "C": 1, "T": n}
    values |= {f"Size{axis}": str(size) for axis, size in axes.items()}
    for axis, size in (("X", stack.pixel_size_nm), ("Y", stack.pixel_size_y_nm)):
        if size is not None:
            values |= {f"PhysicalSize{axis}": repr(size / 1000), f"PhysicalSize{axis}Unit": "µm"}
    interval = regular_interval(stack.timestamps)
    return (
        values if interval is None else values | {"TimeIncrement": repr(interval), "TimeIncrementUnit": "s"}
    )


def _add_planes(pixels: ET.Element, times: NDArray[np.float64]) -> None:
    for index, time in enumerate(times.tolist()):
        timing = {"DeltaT": repr(time), "DeltaTUnit": "s"} if np.isfinite(time) else {}
        ET.SubElement(pixels, "Plane", {"TheZ": "0", "TheT": str(index), "TheC": "0", **timing})


def _add_annotations(
    root: ET.Element, image: ET.Element, stack: AFMImageStack, entries: Mapping[str, str]
) -> None:
    """What OME has no place for: the unit of the values, the exact pixel sizes, metadata and provenance."""
    annotations = ET.SubElement(root, "StructuredAnnotations")
    facts = ET.SubElement(_annotation(annotations, "MapAnnotation", 0, SUMMARY_KEY), "Value")
    exact = {name: repr(size) for name, size in pixel_sizes(stack).items()}
    for key, text in {VALUE_UNIT: stack.unit, CHANNEL: stack.channel, **exact}.items():
        ET.SubElement(facts, "M", {"K": key}).text = _clean(text)
    documents = [name for name in entries if name.endswith("_json")]
    for number, name in enumerate(documents, 1):
        annotation = _annotation(annotations, "CommentAnnotation", number, name)
        ET.SubElement(annotation, "Value").text = entries[name]
    for number in range(len(documents) + 1):
        ET.SubElement(image, "AnnotationRef", {"ID": f"Annotation:{number}"})


def _annotation(parent: ET.Element, kind: str, number: int, name: str) -> ET.Element:
    return ET.SubElement(parent, kind, {"ID": f"Annotation:{number}", "Namespace": f"{NAMESPACE}{name}"})

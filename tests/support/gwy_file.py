"""Writers of small files: gwyddion files."""

import struct
from typing import Any

import numpy as np

IMAGE = np.arange(6.0).reshape(2, 3)


def nested(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return kind.encode() + b"\0" + struct.pack("<I", len(body)) + body


def part(name: str, kind: str, value: Any) -> bytes:
    forms = {"i": "<i", "d": "<d", "b": "<?"}
    raw = struct.pack(forms[kind], value) if kind in forms else value
    return name.encode() + b"\0" + kind.encode() + raw


def field(image: np.ndarray, unit: str) -> bytes:
    height, width = image.shape
    units = [nested("GwySIUnit", part("unitstr", "s", word.encode() + b"\0")) for word in ("m", unit)]
    values = struct.pack("<I", image.size) + image.astype("<f8").tobytes()
    return nested(
        "GwyDataField",
        *(part("xres", "i", width), part("yres", "i", height)),
        *(part("xreal", "d", 3e-8), part("yreal", "d", 1e-8)),
        *(part("si_unit_xy", "o", units[0]), part("si_unit_z", "o", units[1])),
        part("data", "D", values),
    )


def gwyddion(*more: bytes, unit: str = "m", image: np.ndarray = IMAGE) -> bytes:
    container = nested(
        "GwyContainer",
        part("/0/data", "o", field(image + 7, "deg")),
        part("/0/data/title", "s", b"Phase\0"),
        part("/0/mask", "o", field(image, "")),
        part("/1/data", "o", field(image * 1e-9, unit)),
        part("/1/data/title", "s", b"Height\0"),
        part("names", "S", struct.pack("<I", 2) + b"one\0two\0"),
        part("/1/data/visible", "b", True),
        *more,
    )
    return b"GWYP" + container

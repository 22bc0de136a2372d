"""Writers of small files: asylum Research images."""

import struct

import numpy as np

IMAGE = np.arange(6.0).reshape(2, 3)


NOTE = "ScanRate: 2.5\rScanDown: 1\rDate:2009-06-03\rTime:22:01:29\rSeconds:3326911289.5\rUserIn0Unit: V\r"


def wave(
    order: str = "<",
    labels: tuple[str, ...] = ("HeightTrace", "PhaseRetrace", "UserIn0Trace"),
    note: str = NOTE,
    image: np.ndarray = IMAGE,
) -> bytes:
    """A wave with a valid checksum: layer i is shown as (image + i) * 1e-9."""
    layers = max(len(labels), 0)
    values = np.stack([image[::-1] + i for i in range(layers or 1)]) * 1e-9
    listed = b"".join(label.encode().ljust(32, b"\0") for label in ("", *labels)) if labels else b""
    raw = values.astype(order + "f4").tobytes()
    sizes = (320 + len(raw), 0, len(note), 0, *(0,) * 4, 0, 0, len(listed), 0, 0, 0, 0)
    head = bytearray(384)
    struct.pack_into(order + "hh15i", head, 0, 5, 0, *sizes)
    struct.pack_into(order + "i", head, 64 + 12, values.size)
    struct.pack_into(order + "h", head, 64 + 16, 2)
    struct.pack_into(order + "h", head, 64 + 26, 1)
    struct.pack_into(
        order + "4i4d", head, 64 + 68, image.shape[1], image.shape[0], layers, 0, 1e-8, 5e-9, 1, 1
    )
    for place in (148, 152, 156):
        head[64 + place : 64 + place + 1] = b"m"
    total = int(np.frombuffer(bytes(head), order + "i2").sum(dtype=np.int64))
    struct.pack_into(order + "H", head, 2, -total % 65536)
    return bytes(head) + raw + note.encode() + listed

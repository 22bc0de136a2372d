"""Writers of small files: gwyddion Simple Fields."""

import numpy as np

IMAGE = np.arange(6, dtype="<f4").reshape(2, 3)


def field(image: np.ndarray = IMAGE, more: str = "ZUnits = m\n", title: str = "Height") -> bytes:
    height, width = image.shape
    text = (
        f"Gwyddion Simple Field 1.0\nXRes = {width}\nYRes = {height}\nXReal = 3e-07\nYReal = 1e-07\n"
        f"XYUnits = m\nTitle = {title}\n{more}"
    ).encode()
    return text + b"\0" * (4 - len(text) % 4) + image.astype("<f4").tobytes()

"""Writers of small files: wSxM images, as doubles and as short integers."""

import numpy as np

IMAGE = np.array([[1, 2, 3], [4, 5, 11]])


def wsxm(
    image: np.ndarray = IMAGE,
    kind: str = "short",
    span: str = "5 nm",
    time: str = "26.5",
    way: str = "Forward",
) -> bytes:
    """A file whose picture is `image`, from -10 to 10 times the span; the format turns it by 180 degrees."""
    height, width = image.shape
    body = (
        f"\r\n[Control]\r\n    X Amplitude: 300 nm\r\n"
        f"    Y Amplitude: 0.1 \xb5m\r\n    X-Frequency: 2.5 Hz\r\n"
        f"[General Info]\r\n    Acquisition channel: Topography\r\n"
        f"    Acquisition time: 18/06/2021, 14:12:{time}\r\n"
        f"    Image Data Type: {kind}\r\n    Number of columns: {width}\r\n    Number of rows: {height}\r\n"
        f"    X scanning direction: {way}\r\n"
        f"    Y scanning direction: Up\r\n    Z Amplitude: {span}\r\n[Header end]\r\n"
    )
    first = "WSxM file copyright UAM\r\nSxM Image file\r\nImage header size: "
    header = f"{first}{len(first) + 3 + len(body)}{body}".encode("latin-1")
    return header + image[::-1, ::-1].astype({"short": "<i2", "double": "<f8"}[kind]).tobytes()

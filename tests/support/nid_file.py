"""Writers of small files: nanosurf images."""

import numpy as np

IMAGE = np.arange(6).reshape(2, 3) - 2


def nanosurf(
    bits: int = 16, time: str = "15:53:53", second: str = "Scan backward", image: np.ndarray = IMAGE
) -> bytes:
    """A file of topography in steps of 1 nm, forward `image` and backward 3 more."""
    span = 2.0**bits
    head = "[DataSet]\r\nVersion=2\r\nGr0-Ch1=DataSet-0:1\r\nGr1-Ch1=DataSet-1:1\r\n[DataSet-Info]\r\n"
    head += f"Scan direction=Up\r\nDate=24-01-2008\r\nTime={time}\r\n"
    for section, frame in (("DataSet-0:1", "Scan forward"), ("DataSet-1:1", second)):
        head += (
            f"[{section}]\r\nPoints={image.shape[1]}\r\nLines={image.shape[0]}\r\nFrame={frame}\r\nDim0Unit=m\r\nDim0Range=3e-08\r\n"
            f"Dim1Unit=m\r\nDim1Range=1e-08\r\nDim2Name=Topography\r\nDim2Unit=m\r\n"
            f"Dim2Range={span * 1e-9}\r\nDim2Min={-span / 2 * 1e-9}\r\nSaveMode=Binary\r\nSaveBits={bits}\r\n"
            "SaveSign=Signed\r\nSaveOrder=Intel\r\n"
        )
    images = np.stack([image[::-1], image[::-1] + 3])
    return head.encode("latin-1") + b"\r\n#!" + images.astype(f"<i{bits // 8}").tobytes()

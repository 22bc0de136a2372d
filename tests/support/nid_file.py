"""Writers of small files: nanosurf images."""

import numpy as np

IMAGE = np.arange(6).reshape(2, 3) - 2


def nanosurf(bits: int = 16, time: str = "15:53:53", second: str = "Scan backward") -> bytes:
    """A file of topography, 1 nm a step, forward IMAGE and backward 3 more."""
    span = 2.0**bits
    head = "[DataSet]\r\nVersion=2\r\nGr0-Ch1=DataSet-0:1\r\nGr1-Ch1=DataSet-1:1\r\n[DataSet-Info]\r\n"
    head += f"Scan direction=Up\r\nDate=24-01-2008\r\nTime={time}\r\n"
    for section, frame in (("DataSet-0:1", "Scan forward"), ("DataSet-1:1", second)):
        head += (
            f"[{section}]\r\nPoints=3\r\nLines=2\r\nFrame={frame}\r\nDim0Unit=m\r\nDim0Range=3e-08\r\n"
            f"Dim1Unit=m\r\nDim1Range=1e-08\r\nDim2Name=Topography\r\nDim2Unit=m\r\n"
            f"Dim2Range={span * 1e-9}\r\nDim2Min={-span / 2 * 1e-9}\r\nSaveMode=Binary\r\nSaveBits={bits}\r\n"
            "SaveSign=Signed\r\nSaveOrder=Intel\r\n"
        )
    images = np.stack([IMAGE[::-1], IMAGE[::-1] + 3])
    return head.encode("latin-1") + b"\r\n#!" + images.astype(f"<i{bits // 8}").tobytes()

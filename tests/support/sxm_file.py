"""Writers of small files: nanonis images."""

import numpy as np

FORWARD = np.arange(6.0).reshape(2, 3)


BACKWARD = FORWARD + 10


def nanonis(
    direction: str = "down", time: str = "00:00:00", unit: str = "m", forward: np.ndarray = FORWARD
) -> bytes:
    """A file of one channel that is shown as `forward` and, 10 higher, backward, in 1e-9 of its unit."""
    tags = {
        "NANONIS_VERSION": "2",
        "SCANIT_TYPE": "FLOAT            MSBFIRST",
        "REC_DATE": " 01.01.2000",
        "REC_TIME": time,
        "ACQ_TIME": "       415.9",
        "SCAN_PIXELS": f"  {forward.shape[1]}    {forward.shape[0]}",
        "SCAN_TIME": "  1.5E+0   0.5E+0",
        "SCAN_RANGE": "  3.0E-8   1.0E-8",
        "SCAN_DIR": direction,
        "DATA_INFO": "\tChannel\tName\tUnit\tDirection\tCalibration\tOffset\n"
        f"\t14\tZ\t{unit}\tboth\t2.752E-8\t0.0E+0\n",
    }
    head = "".join(f":{tag}:\n{text}\n" for tag, text in tags.items()) + ":SCANIT_END:\n\n\n\x1a\x04"
    step = -1 if direction == "up" else 1
    images = np.stack([forward[::step], (forward + 10)[::step, ::-1]]) * 1e-9
    return head.encode("latin-1") + images.astype(">f4").tobytes()

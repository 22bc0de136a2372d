"""Small .jpk and NanoScope files, made by the layouts of the formats."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

DATE = "04:06:25 PM Thu Sep 26 2019"
START = "2023-02-16 12:08:46.436 GMT"
LATER = "2023-02-16 12:08:48.936 GMT"


def stored(height: int = 6, width: int = 8, seed: int = 0) -> np.ndarray:
    """Samples as a file has them, the picture's lowest line first."""
    return np.random.default_rng(seed).integers(-30000, 30000, (height, width))


def _tag(code: int, value: Any) -> tuple[int, str, int, Any, bool]:
    if isinstance(value, str):
        return code, "s", 0, value, True
    return code, "i" if isinstance(value, int) else "d", 1, value, True


def _channel_tags(name: str, retrace: int, unit: str | None, scaling: str) -> dict[int, Any]:
    """A channel with a raw slot and, after one of volts, the default slot (2e-9 * sample + 1e-6)."""
    tags = {
        32848: name, 32849: retrace, 32896: 3, 32897: "calibrated",
        32912: "raw", 32931: "NullScaling",
        32960: "volts", 32978: "V", 32979: "LinearScaling", 32980: 5.0, 32981: 7.0,
        33008: "calibrated", 33027: scaling, 33028: 2e-9, 33029: 1e-6,
    }  # fmt: skip
    return tags if unit is None else {**tags, 33026: unit}


def write_jpk(
    path: Path,
    channels: Sequence[tuple[str, int, str | None]] = (
        ("height", 1, "m"),
        ("height", 0, "m"),
        ("error", 0, "V"),
    ),
    *,
    samples: np.ndarray | None = None,
    start: str = START,
    end: str = LATER,
    scaling: str = "LinearScaling",
    tags: Mapping[int, Any] = {},
    **written: Any,
) -> Path:
    """A .jpk file of 80 x 30 nm; `tags` are put over those of the first page."""
    samples = stored() if samples is None else samples
    grid = {
        32768: "6.0.41", 32771: start, 32774: end, 32834: 80e-9, 32835: 30e-9, 32838: samples.shape[1],
        32839: samples.shape[0], 32841: 4.0, 32843: "topDown", 32848: "thumbnail", **tags,
    }  # fmt: skip
    plain = {"metadata": None, "software": False, "contiguous": False, "photometric": "minisblack"}
    with tifffile.TiffWriter(path, byteorder=">") as file:
        first = [_tag(code, value) for code, value in grid.items() if value is not None]
        file.write(np.zeros((4, 4), np.uint8), extratags=first, **plain)
        for number, (name, retrace, unit) in enumerate(channels):
            extra = [_tag(*item) for item in _channel_tags(name, retrace, unit, scaling).items()]
            image = (samples + number).astype(np.int32)
            file.write(image, extratags=extra, rowsperstrip=2, **(plain | written))
    return path


def spm_image(short: str, full: str, scale: str, offset: int, length: int, **said: str) -> str:
    """The list of one image in a header."""
    settings = {
        "Data offset": offset, "Data length": length, "Bytes/pixel": 2, "Frame direction": "Down",
        "Relative frame time": 7279.93, "Samps/line": 8, "Number of lines": 6, "Aspect Ratio": "1:1",
        "Scan Size": "80 30 nm", "Scan Line": "Main", "Line Direction": "Retrace",
        "@2:Image Data": f'S [{short}] "{full}"', "@2:Z scale": f"V {scale}", **said,
    }  # fmt: skip
    return "\\*Ciao image list\r\n" + "".join(f"\\{key}: {value}\r\n" for key, value in settings.items())


def write_spm(
    path: Path,
    *,
    samples: np.ndarray | None = None,
    dtype: str = "<i2",
    date: str = DATE,
    kind: str = "File list",
    head: int = 4096,
    **said: str,
) -> Path:
    """A NanoScope file with a height sensor, an amplitude and a phase; `said` goes over their lists."""
    data = (stored() if samples is None else samples).astype(dtype).tobytes()
    shape = (stored() if samples is None else samples).shape
    said = {"Samps/line": str(shape[1]), "Number of lines": str(shape[0]), **said}
    channels = [
        ("ZSensor", "Height Sensor", "[Sens. ZsensSens] (0.000375 V/LSB) 24.576 V"),
        ("AmplitudeActual", "Amplitude", "[Sens. AmplSens] (0.01525879 mV/LSB) 1000.0 mV"),
        ("Phase", "Phase", "[Sens. Phase] (0.005493164 º/LSB) 360.0 º"),
    ]
    text = (
        f"\\*{kind}\r\n\\Version: 0x09010201\r\n\\Date: {date}\r\n\\Data length: {head}\r\n"
        "\\*Scanner list\r\n\\@Sens. Zsens: V 6.035000 nm/V\r\n"
        "\\*Ciao scan list\r\n\\Scan Rate: 2\r\n\\@Sens. AmplSens: V 20.00000 nm/V\r\n"
        "\\@Sens. ZsensSens: V 100.0 nm/V\r\n\\@Sens. Phase: V 1.000000 \r\n"
        + "".join(
            spm_image(*channel, head + number * len(data), len(data), **said)
            for number, channel in enumerate(channels)
        )
        + "\\*File list end\r\n\x1a"
    )
    path.write_bytes(text.encode("latin-1").ljust(head, b"\0") + data * len(channels))
    return path

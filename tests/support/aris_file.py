"""Writers of small files: the .aris reader against files made by the layout; no real one is at hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

FRAMES, HEIGHT, WIDTH = 4, 6, 8
HEIGHTS_M = np.random.default_rng(5).normal(scale=3e-9, size=(FRAMES, HEIGHT, WIDTH))


PHASES = np.random.default_rng(6).normal(scale=20, size=(FRAMES, HEIGHT, WIDTH))


SCAN = {
    "FastScanSize": 4e-7,
    "SlowScanSize": 2e-7,
    "ScanPoints": WIDTH,
    "ScanLines": HEIGHT,
    "ScanRate": 500.0,
}


def write_aris(path: Path, edit: Callable[[h5py.File], Any] = lambda file: None) -> Path:
    """A movie with heights, which are stored from the lowest line up, and phases."""
    with h5py.File(path, "w") as file:
        for index in range(FRAMES):
            frame = file.create_group(f"DataSet/Resolution 0/Frame {index}")
            frame.create_dataset("HeightTrace/Image", data=HEIGHTS_M[index, ::-1].astype("<f4"))
            frame.create_dataset("PhaseTrace/Image", data=PHASES[index, ::-1].astype("<f4"), compression=1)
        info = file.create_group("DataSetInfo")
        info.attrs.update({"ChannelNames": ["PhaseTrace", "HeightTrace"], "StartTime": "2024-05-02 10:11:12"})
        info.attrs["NumFrames"] = np.array([FRAMES])
        info.create_group("Global/Parameters/Scan").attrs.update(SCAN)
        info.create_group("Global/Channels/HeightTrace/ImageDims").attrs["DataUnits"] = "m"
        info.create_group("Global/Channels/PhaseTrace/ImageDims").attrs["DataUnits"] = "deg"
        info["Series/Time"] = 100.0 + 0.5 * np.arange(FRAMES)
        edit(file)
    return path

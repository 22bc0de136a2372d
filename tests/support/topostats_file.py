"""Writers of small files: images that TopoStats saved."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

IMAGE = np.arange(6.0).reshape(2, 3)


def topostats(path: Path, image: Any = IMAGE, **more: Any) -> Path:
    with h5py.File(path, "w") as file:
        facts = {"topostats_file_version": 0.2, "pixel_to_nm_scaling": 0.5, "image": image, **more}
        for name, value in facts.items():
            file[name] = value
    return path

"""A TIFF of heights that another program saved as grey values no longer holds nanometres."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

import playnano
from playnano.errors import ReadError
from playnano.exporters import EXPORTS
from playnano.stack.stack import AFMImageStack


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_unit_of_heights_does_not_hold_for_grey_values(tmp_path: Path, kind: type) -> None:
    heights = np.random.default_rng(0).normal(2, 1, (3, 8, 8)).astype(np.float32)
    stack = AFMImageStack.from_array(heights, channel="height", pixel_size_nm=1.0, timestamps=range(3))
    EXPORTS.make("imagej-tiff", {}).write(stack, tmp_path / "heights.tif")
    assert playnano.load(tmp_path / "heights.tif").unit == "nm"
    with tifffile.TiffFile(tmp_path / "heights.tif") as file:
        metadata = {key: value for key, value in file.imagej_metadata.items() if key in ("Info", "unit")}
    grey = (heights * 20).clip(0).astype(kind)
    tifffile.imwrite(tmp_path / "grey.tif", grey, imagej=True, metadata={**metadata, "axes": "TYX"})
    with pytest.raises(ReadError, match="does not state a unit"):
        playnano.load(tmp_path / "grey.tif")

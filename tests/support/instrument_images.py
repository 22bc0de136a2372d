"""What the tests of other makers' images share: comparing with reference values."""

from typing import Any

import numpy as np
import pytest

from playnano import AFMImageStack


def agrees_with_reference(stack: AFMImageStack, told: dict[str, Any]) -> None:
    """Compare an image with what Gwyddion says of it."""
    image = np.asarray(stack.data[0], np.float64)
    assert (len(stack), *image.shape) == (1, *told["shape"])
    assert stack.unit == told["unit"]
    size = max(abs(told["min"]), abs(told["max"]))
    near = {"rel": 1e-6, "abs": 1e-6 * size}
    assert image.min() == pytest.approx(told["min"], **near)
    assert image.max() == pytest.approx(told["max"], **near)
    assert image.mean() == pytest.approx(told["mean"], **near)
    assert image.std() == pytest.approx(told["std"], **near)
    assert image[0, :3] == pytest.approx(told["row0_first3"], **near)
    assert image[-1, :3] == pytest.approx(told["lastrow_first3"], **near)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx(tuple(told["pixel_nm"]))

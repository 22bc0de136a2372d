"""Scan-line alignment."""

from typing import Literal

import numpy as np

from playnano.kernels.rows import row_medians
from playnano.stack.frames import Frame
from playnano.steps.base import FrameStep


class RowMedianAlign(FrameStep):
    """Subtract from each scan line the median of its background.

    A line whose pixels are all masked or NaN is shifted by the median of the whole background.
    Measures the standard deviation of the shifts.
    """

    step: Literal["row_median_align"] = "row_median_align"

    def process(self, frame: Frame) -> Frame:
        medians = row_medians(frame.image, frame.background())
        return frame.with_image(
            frame.image - medians[:, None], row_shift_std=float(np.std(medians, dtype=np.float64))
        )

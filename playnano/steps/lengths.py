"""Lengths that a recipe states in pixels or in nm."""

from typing import Annotated, Literal

from playnano.errors import StepError
from playnano.model import Unit
from playnano.stack.stack import AFMImageStack

Length = Annotated[float, Unit("px or nm")]
LengthUnit = Literal["px", "nm"]


def pixel_sizes(stack: AFMImageStack, unit: LengthUnit) -> tuple[float, float]:
    """How many of the unit a pixel measures along y and x.

    Raises
    ------
    StepError
        For nm, where the movie has no pixel size.
    """
    if unit == "px":
        return 1.0, 1.0
    x = stack.pixel_size_nm
    y = stack.pixel_size_y_nm or x
    if x is None or y is None:
        raise StepError(
            "lengths in nm need the pixel size, which is not known: set pixel_size_nm, or `unit: px`",
            settings=("pixel_size_nm",),
        )
    return y, x

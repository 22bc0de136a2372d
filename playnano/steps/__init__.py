"""Steps: what can be done to a stack. One class each; everything else derives from it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from playnano.errors import RecipeError
from playnano.registry import Models
from playnano.steps.base import Extent, FrameStep, MaskStep, StackStep, Step
from playnano.steps.drift import AlignFrames, RollingFrameAlign
from playnano.steps.frames import (
    CropSquare,
    DropFinalFrames,
    DropFrameRange,
    DropFrames,
    IntersectionCrop,
    ReplaceNan,
    SelectFrames,
    VerticalFlip,
)
from playnano.steps.levelling import PolynomialFlatten, RemovePlane, ZeroMean, ZeroMedian
from playnano.steps.lines import RowMedianAlign
from playnano.steps.masks import (
    Clear,
    ClearMask,
    MaskAdaptive,
    MaskBelowThreshold,
    MaskMeanOffset,
    MaskMorphological,
    MaskThreshold,
)
from playnano.steps.smoothing import GaussianFilter

__all__ = ["STEPS", "AnyStep", "Extent", "FrameStep", "MaskStep", "StackStep", "Step", "step_named"]

STEPS: Models[Step] = Models(
    "playnano.steps",
    "step",
    "step",
    Step,
    (
        RemovePlane,
        PolynomialFlatten,
        RowMedianAlign,
        ZeroMean,
        ZeroMedian,
        GaussianFilter,
        VerticalFlip,
        ReplaceNan,
        MaskThreshold,
        MaskBelowThreshold,
        MaskMeanOffset,
        MaskMorphological,
        MaskAdaptive,
        ClearMask,
        Clear,
        AlignFrames,
        RollingFrameAlign,
        IntersectionCrop,
        CropSquare,
        DropFrames,
        DropFrameRange,
        DropFinalFrames,
        SelectFrames,
    ),
)
AnyStep = Annotated[Step, STEPS]


def step_named(name: str, parameters: Mapping[str, Any]) -> Step:
    """The step of that name with these parameters.

    Raises
    ------
    RecipeError
        Where there is no such step, or it does not take them.
    """
    if name not in STEPS.names:
        raise RecipeError(STEPS.unknown(name))
    try:
        return TypeAdapter(STEPS[name]).validate_python({"step": name, **parameters})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}" for fault in error.errors()]
        raise RecipeError(f"{name}: {'; '.join(faults)}") from None

"""Steps: what can be done to a stack. One class each; everything else derives from it."""

from typing import Annotated

from playnano.registry import Models
from playnano.steps.base import Extent, FrameStep, MaskStep, StackStep, Step
from playnano.steps.cropping import CropSquare, IntersectionCrop
from playnano.steps.drift import AlignFrames, RollingFrameAlign
from playnano.steps.filling import ReplaceNan
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
from playnano.steps.orientation import VerticalFlip
from playnano.steps.selecting import DropFinalFrames, DropFrameRange, DropFrames, SelectFrames
from playnano.steps.smoothing import GaussianFilter

__all__ = ["STEPS", "AnyStep", "Extent", "FrameStep", "MaskStep", "StackStep", "Step"]

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
    field="parameter",
    common=("name",),
)
AnyStep = Annotated[Step, STEPS]

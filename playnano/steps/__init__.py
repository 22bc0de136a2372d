"""Steps: what can be done to a stack. One class each; everything else derives from it."""

from typing import Annotated

from playnano.registry import Models
from playnano.steps.auto_level import AutoLevel
from playnano.steps.base import Extent, FrameStep, MaskStep, StackStep, Step
from playnano.steps.base_levelling import FacetLevel, FlattenBase, MultiTerracePlane
from playnano.steps.bidirectional import LineShift
from playnano.steps.cleaning import Despike, RemoveScars
from playnano.steps.columns import IMAGE_UNIT
from playnano.steps.cropping import Crop, CropSquare, IntersectionCrop
from playnano.steps.denoising import Butterworth, MedianFilter, NonLocalMeans, TotalVariation, Wavelet
from playnano.steps.drift import AlignFrames, RollingFrameAlign
from playnano.steps.filling import ReplaceNan
from playnano.steps.frame_quality import DropBadFrames, DropBlankFrames
from playnano.steps.interpolating import InterpolateFrames
from playnano.steps.levelling import PolynomialFlatten, RemovePlane, ZeroMean, ZeroMedian
from playnano.steps.lines import AlignRows, RowMedianAlign
from playnano.steps.mask_places import MaskFromFile, MaskPolygon
from playnano.steps.masks import (
    Clear,
    ClearMask,
    MaskAdaptive,
    MaskBelowThreshold,
    MaskMeanOffset,
    MaskMorphological,
    MaskThreshold,
)
from playnano.steps.orientation import HorizontalFlip, Rotate90, VerticalFlip
from playnano.steps.regions import (
    FillMaskHoles,
    GrowMask,
    InvertMask,
    MaskBasePeak,
    MaskEdges,
    MaskHysteresis,
    MaskOtsu,
    MaskRectangle,
    RemoveSmallFromMask,
    ShrinkMask,
)
from playnano.steps.selecting import DropFinalFrames, DropFrameRange, DropFrames, SelectFrames
from playnano.steps.smoothing import GaussianFilter
from playnano.steps.temporal import (
    SubtractBackground,
    SubtractMeanFrame,
    SubtractRowProfile,
    TemporalGaussian,
    TemporalMean,
    TemporalMedian,
)

__all__ = ["IMAGE_UNIT", "STEPS", "AnyStep", "Extent", "FrameStep", "MaskStep", "StackStep", "Step"]

STEPS: Models[Step] = Models(
    "playnano.steps",
    "step",
    "step",
    Step,
    (
        AutoLevel,
        RemovePlane,
        PolynomialFlatten,
        FacetLevel,
        FlattenBase,
        MultiTerracePlane,
        RowMedianAlign,
        AlignRows,
        LineShift,
        ZeroMean,
        ZeroMedian,
        RemoveScars,
        Despike,
        GaussianFilter,
        MedianFilter,
        Butterworth,
        NonLocalMeans,
        TotalVariation,
        Wavelet,
        TemporalMedian,
        TemporalMean,
        TemporalGaussian,
        SubtractMeanFrame,
        SubtractBackground,
        SubtractRowProfile,
        VerticalFlip,
        HorizontalFlip,
        Rotate90,
        ReplaceNan,
        MaskThreshold,
        MaskBelowThreshold,
        MaskMeanOffset,
        MaskMorphological,
        MaskAdaptive,
        MaskOtsu,
        MaskBasePeak,
        MaskHysteresis,
        MaskEdges,
        MaskRectangle,
        MaskPolygon,
        MaskFromFile,
        GrowMask,
        ShrinkMask,
        FillMaskHoles,
        RemoveSmallFromMask,
        InvertMask,
        ClearMask,
        Clear,
        AlignFrames,
        RollingFrameAlign,
        Crop,
        IntersectionCrop,
        CropSquare,
        DropFrames,
        DropFrameRange,
        DropFinalFrames,
        SelectFrames,
        DropBadFrames,
        DropBlankFrames,
        InterpolateFrames,
    ),
    field="parameter",
    common=("name",),
)
AnyStep = Annotated[Step, STEPS]

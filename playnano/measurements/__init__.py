"""Measures: what can be measured on a movie. One class each; everything else derives from it."""

from typing import Annotated

from playnano.measurements.base import (
    FrameMeasure,
    ImageMeasure,
    Measure,
    MeasuredResult,
    MovieFrame,
    OfTable,
    StackMeasure,
    TableMeasure,
)
from playnano.measurements.clusters import Clusters, Colocalisation
from playnano.measurements.crops import Crops
from playnano.measurements.events import DwellTimes, StateChanges
from playnano.measurements.heights import BearingCurve, HeightHistogram
from playnano.measurements.lafm import Lafm
from playnano.measurements.maps import TemporalMaps
from playnano.measurements.particle_average import ParticleAverage
from playnano.measurements.particles import Features
from playnano.measurements.profiles import HeightAt, Kymograph, LineProfile, Psd
from playnano.measurements.spots import Blobs, Peaks, Template
from playnano.measurements.surfaces import Boundary, Coverage, Roughness
from playnano.measurements.tracks import Msd, Tracks, TrackSummary
from playnano.registry import Models

__all__ = [
    "MEASURES",
    "AnyMeasure",
    "FrameMeasure",
    "ImageMeasure",
    "Measure",
    "MeasuredResult",
    "MovieFrame",
    "OfTable",
    "StackMeasure",
    "TableMeasure",
]

MEASURES: Models[Measure] = Models(
    "playnano.measures",
    "measure",
    "measure",
    Measure,
    (
        Features,
        Blobs,
        Peaks,
        Template,
        Tracks,
        TrackSummary,
        Msd,
        DwellTimes,
        StateChanges,
        Crops,
        ParticleAverage,
        Lafm,
        Clusters,
        Colocalisation,
        LineProfile,
        Kymograph,
        TemporalMaps,
        HeightAt,
        HeightHistogram,
        BearingCurve,
        Psd,
        Roughness,
        Coverage,
        Boundary,
    ),
    field="parameter",
    common=("name",),
)
AnyMeasure = Annotated[Measure, MEASURES]

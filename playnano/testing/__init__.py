"""Contract tests for authors of plugins: what every step, reader and exporter of playnano keeps to.

Subclass one of these in a test module of your own, and give it your step, your reader or your export by
overriding its fixture; pytest does the rest. playnano's own are put through the same classes.

>>> import pytest
>>> from playnano.testing import FrameStepTests
>>> class TestInvert(FrameStepTests):
...     @pytest.fixture
...     def step(self):
...         return Invert(factor=-2)
"""

from playnano.testing.examples import example_movie, example_step
from playnano.testing.exporters import ExportTests, ReadableExportTests, TableExportTests
from playnano.testing.measures import MeasureTests, particles_movie
from playnano.testing.readers import ReaderTests
from playnano.testing.steps import FrameStepTests, MaskStepTests, StackStepTests, StepTests

__all__ = [
    "ExportTests",
    "FrameStepTests",
    "MaskStepTests",
    "MeasureTests",
    "ReadableExportTests",
    "ReaderTests",
    "StackStepTests",
    "StepTests",
    "TableExportTests",
    "example_movie",
    "example_step",
    "particles_movie",
]

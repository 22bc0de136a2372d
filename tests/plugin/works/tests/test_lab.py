"""The plugin under the contracts of playnano."""

import pytest
from playnano_lab import TEXT_READER, Invert, MeanHeights, MeanLines, RunningMean, Steepness

from playnano.testing import ExportTests, FrameStepTests, MeasureTests, ReaderTests, StackStepTests


class TestInvert(FrameStepTests):
    @pytest.fixture
    def step(self):
        return Invert(factor=-2)


class TestRunningMean(StackStepTests):
    @pytest.fixture
    def step(self):
        return RunningMean(radius=2)


class TestSteepness(MeasureTests):
    @pytest.fixture
    def measure(self):
        return Steepness()


class TestMeanLines(MeasureTests):
    @pytest.fixture
    def measure(self):
        return MeanLines()


class TestMeanHeights(ExportTests):
    @pytest.fixture
    def export(self):
        return MeanHeights()


class TestTextReader(ReaderTests):
    lazy = False  # an image is read as a whole

    @pytest.fixture
    def reader(self):
        return TEXT_READER

    @pytest.fixture
    def movie(self, tmp_path):
        path = tmp_path / "scan.heights"
        path.write_text("0.0 1.5\n2.5 3.0\n4.0 5.5\n", encoding="utf-8")
        return path

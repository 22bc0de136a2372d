"""What every measure keeps to."""

import json
import pickle
from functools import cache

import numpy as np
import pytest

from playnano.measurements import MEASURES, ImageMeasure, Measure
from playnano.measurements.measuring import measured
from playnano.reference.pages import example_measure
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table
from playnano.testing.descriptions import undescribed


def particles_movie(frames: int = 6, *, masked: bool = True) -> AFMImageStack:
    """Frames of 96 x 100 pixels in nm: two particles that move, with a mask on them; some NaN; read-only.

    Parameters
    ----------
    masked : bool
        Put the mask on them; else it is there and marks nothing.
    """
    y, x = np.mgrid[:96, :100]
    images = []
    for t in range(frames):
        caps = ((30 + t / 2, 34.3, 5.0), (60.4, 65 - t / 3, 4.0))
        image = sum(np.maximum(h * (1 - ((y - cy) ** 2 + (x - cx) ** 2) / 64), 0) for cy, cx, h in caps)
        images.append(image + np.random.default_rng(t).normal(scale=0.05, size=y.shape))
    data = np.array(images, np.float32)
    mask = (data > 1) & masked
    data[-1, 2:4, 3:5] = np.nan
    for array in (data, mask):
        array.flags.writeable = False
    times = [0.5 * t for t in range(frames)]
    return AFMImageStack.from_array(data, mask=mask, pixel_size_nm=(2.5, 2.0), timestamps=times)


class MeasureTests:
    """Contract of a measure. Override the fixture `measure`."""

    @pytest.fixture
    def measure(self) -> Measure:
        """The measure to be tested."""
        raise NotImplementedError("override the fixture `measure`")

    def test_its_table_has_the_columns_it_announces(self, measure: Measure) -> None:
        after = _on_particles(measure)
        source = after.tables[measure.sources[0]].columns if measure.sources else ()
        columns, record = measure.columns("nm", source), after.provenance.all_tables()[measure.table_name]
        assert (measure.table_name in after.tables) == bool(columns)
        table = after.tables.get(measure.table_name, Table.empty(()))
        assert table.columns == columns
        assert [column.name for column in record.columns] == list(table.names)
        assert (record.rows, record.sha256) == (len(table), table.sha256())
        assert len(set(table.names)) == len(table.names)
        assert all(column.description and column.name.isascii() for column in table.columns)

    def test_its_images_have_axes_and_are_recorded(self, measure: Measure) -> None:
        after = _on_particles(measure)
        own = [(n, i) for n, (r, i) in after.provenance.all_images().items() if r.name == measure.table_name]
        assert bool(own) == isinstance(measure, ImageMeasure)
        for name, images in own:
            made = after.images[name]
            assert images.sha256 == made.sha256()
            assert np.asarray(made).shape == images.shape == tuple(len(axis.values) for axis in made.axes)
            assert all(axis.column.description and axis.name.isascii() for axis in made.axes)
            assert made.description
            assert made.is_movie == measure.makes_movies  # type: ignore[attr-defined]

    def test_it_measures_something_on_particles(self, measure: Measure) -> None:
        after = _on_particles(measure)
        assert after.images or len(after.tables[measure.table_name])
        assert all(np.isfinite(np.asarray(images)).any() for images in after.images.values())

    def test_it_gives_the_same_whatever_the_number_of_threads(self, measure: Measure) -> None:
        three = measured(particles_movie(), _with_sources(measure), threads=3)
        assert three.provenance.analysis == _on_particles(measure).provenance.analysis

    @pytest.mark.parametrize(("frames", "masked"), [(1, True), (6, False), (1, False)])
    def test_a_table_without_rows_says_why(self, measure: Measure, frames: int, masked: bool) -> None:
        table = _table(measure, particles_movie(frames, masked=masked))
        expected = _on_particles(measure).tables.get(measure.table_name, Table.empty(()))
        assert table.names == expected.names
        assert len(table) or not table.columns or table.note.startswith("no rows: ")

    def test_frames_of_nan_or_all_masked_are_measured_without_error(self, measure: Measure) -> None:
        data = np.full((3, 96, 96), np.nan, np.float32)
        data[1] = 2.0
        mask = np.zeros(data.shape, bool)
        mask[1] = True
        stack = AFMImageStack.from_array(data, mask=mask, pixel_size_nm=1.0, timestamps=[0.0, 1.0, 2.0])
        table = _table(measure, stack)
        assert len(table) or not table.columns or table.note

    def test_columns_name_the_unit_of_a_movie_that_is_not_in_nm(self, measure: Measure) -> None:
        source = MEASURES.make("features", {}).columns("V")
        columns = measure.columns("V", source)
        assert all(column.name.endswith("_V") for column in columns if column.unit == "V")

    def test_it_survives_json_and_pickling(self, measure: Measure) -> None:
        assert type(measure).model_validate(json.loads(measure.model_dump_json())) == measure
        assert pickle.loads(pickle.dumps(measure)) == measure

    def test_it_is_described(self, measure: Measure) -> None:
        assert (type(measure).__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
        assert undescribed(measure, "measure") == []


def _with_sources(measure: Measure) -> list[Measure]:
    """The measure after those whose tables it takes, which are as their pages show them."""
    if not measure.sources:
        return [measure]
    return [*_with_sources(example_measure(MEASURES[measure.sources[0]])), measure]


def _on_particles(measure: Measure) -> AFMImageStack:
    return _particles_measured(type(measure), measure.model_dump_json())


@cache  # several tests look at it
def _particles_measured(kind: type[Measure], settings: str) -> AFMImageStack:
    return measured(particles_movie(), _with_sources(kind.model_validate_json(settings)))


def _table(measure: Measure, stack: AFMImageStack) -> Table:
    after = measured(stack, _with_sources(measure))
    return after.tables.get(measure.table_name, Table.empty(()))

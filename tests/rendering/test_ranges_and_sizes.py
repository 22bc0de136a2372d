"""What pictures show of heights: percentiles of choice, flat images, files that must be small."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from playnano.errors import ExportError
from playnano.exporters.data.imagej_tiff import ImagejTiffExport
from playnano.exporters.pictures.gif import GifExport
from playnano.rendering.look import Look
from playnano.rendering.pictures import pictures
from playnano.rendering.zrange import movie_range
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def _movie(channel: str = "height") -> AFMImageStack:
    rng = np.random.default_rng(5)
    data = rng.normal(size=(5, 40, 48)).astype(np.float32)
    data[2, 3, 4] = 500.0  # a spike
    return AFMImageStack.from_array(data, pixel_size_nm=4.0, timestamps=[0, 20, 40, 60, 80], channel=channel)


@pytest.mark.parametrize("percents", [(0.1, 99.9), (0.0, 100.0), (5.0, 95.0)])
def test_percentiles_of_choice_are_numpys(percents: tuple[float, float]) -> None:
    movie = _movie()
    look = Look(percentiles=percents, scale_bar=False)
    shown = pictures(movie, look).zrange
    assert shown is not None
    expected = np.percentile(movie.data.astype(float), percents)
    assert (shown.zmin, shown.zmax) == pytest.approx(tuple(expected))


def test_the_record_names_the_percentiles() -> None:
    record = pictures(_movie(), Look(percentiles=(0.1, 99.9), scale_bar=False)).record
    assert (record["zmin_from"], record["zmax_from"]) == ("0.1st percentile", "99.9th percentile")


@pytest.mark.parametrize("percents", [(99.0, 1.0), (5.0, 5.0), (-1.0, 50.0), (0.0, 101.0)])
def test_percentiles_that_cannot_be(percents: tuple[float, float]) -> None:
    with pytest.raises(ValidationError, match=r"percentiles|greater than|less than"):
        Look(percentiles=percents)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("level", [0.0, 1e-3, 1234.567, -98765.4])
@pytest.mark.parametrize(
    ("step", "slope"),
    [
        ("remove_plane", 0.0),
        ("remove_plane", 0.37),
        ("polynomial_flatten", 0.0),
        ("polynomial_flatten", 0.37),
        ("zero_mean", 0.0),
        ("row_median_align", 0.0),
    ],
)
def test_a_flat_image_stays_flat(step: str, slope: float, level: float, dtype: type) -> None:
    y, x = np.mgrid[:33, :29]
    data = (level + slope * x - slope / 2 * y)[None].astype(dtype)
    after = spool(AFMImageStack.from_array(data).apply(step)).data
    np.testing.assert_array_equal(after, np.zeros_like(after) if slope else data)  # one of one level is left


@pytest.mark.parametrize("level", [0.1, 1234.567])
def test_a_flat_image_is_smoothed_flat(level: float) -> None:
    data = np.full((1, 20, 20), level, np.float32)
    data[0, 3:5] = np.nan
    after = spool(AFMImageStack.from_array(data).apply("gaussian_filter", sigma=2.3)).data
    np.testing.assert_array_equal(after, data)


def test_what_is_small_but_there_stays() -> None:
    data = np.full((1, 16, 16), 100.0, np.float32)
    data[0, 8, 8] += 0.001
    after = spool(AFMImageStack.from_array(data).apply("zero_median")).data
    assert after[0, 8, 8] == pytest.approx(0.001, rel=0.02)
    assert np.count_nonzero(after) == 1


def test_imagej_shows_the_range_of_the_pictures_and_the_channel(tmp_path: Path) -> None:
    import tifffile

    movie = _movie("高さ")
    ImagejTiffExport().write(movie, tmp_path / "m.tif")
    shown = movie_range(movie, "auto", "auto")
    with tifffile.TiffFile(tmp_path / "m.tif") as file:
        told = file.imagej_metadata
        assert (told["min"], told["max"]) == (shown.zmin, shown.zmax)
        assert told["max"] < 5
        assert told["Labels"][1] == "t = 20.0 s, 高さ"
        assert "channel: 高さ" in told["Info"]
    import playnano

    assert playnano.load(tmp_path / "m.tif").timestamps.tolist() == [0, 20, 40, 60, 80]


def _gif(tmp_path: Path, **settings: object) -> tuple[int, tuple[int, int], int, tuple[str, ...]]:
    path = tmp_path / "m.gif"
    path.unlink(missing_ok=True)
    notes = GifExport(scale_bar=False, timestamp=False, **settings).write(_movie(), path).notes
    with Image.open(path) as image:
        image.load()
        colours = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)
        return path.stat().st_size, image.size, len(colours), notes


def test_a_gif_fits_by_fewer_colours_and_then_by_smaller_pictures(tmp_path: Path) -> None:
    whole, size, colours, notes = _gif(tmp_path)
    assert notes == ()
    roomy = _gif(tmp_path, max_size="9MB")
    assert roomy == (whole, size, colours, ())
    smaller, same_size, fewer, notes = _gif(tmp_path, max_size=f"{whole * 0.8 / 1000:.1f}kB")
    assert (same_size, fewer < colours) == (size, True)
    assert smaller <= whole * 0.8
    assert len(notes) == 1
    assert "colours, not 240" in notes[0]
    least, small, _, notes = _gif(tmp_path, max_size="12kB")
    assert least <= 12_000
    assert small[0] < size[0]
    assert f"pictures of {small[0]} x {small[1]} px, not {size[0]} x {size[1]}" in notes[0]


def test_a_gif_that_cannot_be_so_small(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"MB is as small as it gets, not 1kB: raise max_size"):
        _gif(tmp_path, max_size="1kB")

"""How near measures come to the truth of made scenes, and to programs that others wrote."""

import importlib.util
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from playnano.kernels.regions import region_properties
from playnano.kernels.segmentation import connected_regions, split_by_watershed
from playnano.measurements import MEASURES
from playnano.measurements.measuring import measured
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table

PIXEL = 2.0


def needs(package: str) -> Any:
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed: pip install playnano[witness]")


def tables(stack: AFMImageStack, *measures: tuple[str, dict[str, Any]]) -> dict[str, Table]:
    chosen = [MEASURES.make(name, settings) for name, settings in measures]
    return dict(measured(stack, chosen).tables)


def caps(shape: tuple[int, int], places: np.ndarray, height: float, radius_px: float) -> np.ndarray:
    """Paraboloids of revolution on a plane: their area and volume above any level are known."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = np.zeros(shape)
    for cy, cx in places:
        image = np.maximum(image, height * (1 - ((y - cy) ** 2 + (x - cx) ** 2) / radius_px**2))
    return image


def grid(count: int, spacing: float, random: np.random.Generator, jitter: float) -> np.ndarray:
    side = int(np.ceil(np.sqrt(count)))
    y, x = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    places = np.stack([y.ravel(), x.ravel()], axis=1)[:count] * spacing + spacing
    return places + random.uniform(-jitter, jitter, places.shape)


@cache
def separate_particles() -> tuple[Table, np.ndarray]:
    """20 frames of 36 caps, 4 nm high, with 0.1 nm of noise; the true places in pixels."""
    random = np.random.default_rng(1)
    truth = np.array([grid(36, 30, random, 6) for _ in range(20)])
    images = np.array([caps((220, 220), places, 4.0, 9.0) for places in truth])
    images += random.normal(scale=0.1, size=images.shape)
    stack = AFMImageStack.from_array(images.astype(np.float32), mask=images > 1, pixel_size_nm=PIXEL)
    return tables(stack, ("features", {"min_area_nm2": 80.0}))["features"], truth


def matched(table: Table, truth: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Distances in pixels to the nearest true place, the number found and the true number."""
    from scipy.spatial import cKDTree

    errors = []
    for frame, places in enumerate(truth):
        here = table.select(table.column("frame") == frame)
        found = np.stack([here.column("y_nm"), here.column("x_nm")], axis=1) / PIXEL
        away, nearest = cKDTree(places).query(found)
        assert len(set(nearest[away < 3])) == np.sum(away < 3)
        errors.append(away)
    return np.concatenate(errors), len(table), truth.shape[0] * truth.shape[1]


def test_separate_particles_are_found_and_nothing_else() -> None:
    errors, found, there = matched(*separate_particles())
    right = np.sum(errors < 3)
    assert right / there >= 0.98
    assert right / found >= 0.98


def test_places_are_right_to_a_fraction_of_a_pixel() -> None:
    errors, _, _ = matched(*separate_particles())
    assert np.sqrt(np.mean(errors**2)) < 0.15


def test_areas_and_volumes_are_right_to_three_percent() -> None:
    table, _ = separate_particles()
    area = np.pi * 81 * PIXEL**2 * (1 - 1 / 4)  # of a paraboloid 4 nm high, at 1 nm
    volume = area * (4 + 1) / 2
    assert np.mean(table.column("area_nm2")) == pytest.approx(area, rel=0.03)
    assert np.mean(table.column("volume_nm3")) == pytest.approx(volume, rel=0.03)
    assert np.mean(table.column("perimeter_nm")) == pytest.approx(2 * np.sqrt(np.pi * area), rel=0.03)
    assert np.mean(table.column("radius_nm")) == pytest.approx(np.sqrt(area / np.pi), rel=0.015)


@pytest.mark.parametrize(
    ("measure", "settings"),
    [
        ("peaks", {"min_height": 2.0, "min_distance_nm": 16.0, "sigma_nm": 4.0}),
        ("blobs", {"min_height": 2.0, "min_radius_nm": 8.0, "max_radius_nm": 24.0, "scales": 5}),
        ("template", {"radius_nm": 20.0, "angle_step_deg": 90.0, "min_score": 0.7}),
    ],
)
def test_spots_are_found_without_a_mask(measure: str, settings: dict[str, Any]) -> None:
    random = np.random.default_rng(2)
    truth = np.array([grid(16, 30, random, 4) for _ in range(4)])
    images = np.array([caps((160, 160), places, 4.0, 9.0) for places in truth])
    images += random.normal(scale=0.1, size=images.shape)
    if measure == "template":
        settings = {**settings, "centre_nm": (np.round(truth[0][5]) * PIXEL).tolist()}
    stack = AFMImageStack.from_array(images.astype(np.float32), pixel_size_nm=PIXEL)
    errors, found, there = matched(tables(stack, (measure, settings))[measure], truth)
    assert found == there
    limit = 0.15 if measure != "template" else 0.75  # the template itself is cut out to the pixel
    assert np.sqrt(np.mean(errors**2)) < limit


@pytest.mark.parametrize("pixel", [(1.0, 1.0), (2.5, 2.0)])
def test_a_contour_is_right_to_a_part_of_a_pixel(pixel: tuple[float, float]) -> None:
    """Of a paraboloid, and of a half of one that the edge of the image cuts."""
    for cy, part in ((40.0, 1.0), (-0.5, 0.5)):
        y, x = (np.arange(size) * step for size, step in zip((80, 90), pixel, strict=True))
        away = (y[:, None] - cy * pixel[0]) ** 2 + (x - 44.3 * pixel[1]) ** 2
        image = 4 * (1 - away / (15 * pixel[1]) ** 2)
        stack = AFMImageStack.from_array(image[None], pixel_size_nm=pixel)
        table = tables(stack, ("boundary", {"height": 1.0}))["boundary"]
        radius = 15 * pixel[1] * np.sqrt(3 / 4)
        edge = 2 * radius if part < 1 else 0
        assert table.column("area_nm2")[0] == pytest.approx(part * np.pi * radius**2, rel=0.01)
        assert table.column("length_nm")[0] == pytest.approx(part * 2 * np.pi * radius + edge, rel=0.01)
        assert table.column("regions")[0] == 1


def test_a_contour_of_all_or_nothing() -> None:
    image = np.full((1, 10, 20), 2.0)
    for height, area, length in ((1.0, 200.0, 60.0), (3.0, 0.0, 0.0)):
        stack = AFMImageStack.from_array(image, pixel_size_nm=1.0)
        table = tables(stack, ("boundary", {"height": height}))["boundary"]
        assert (table.column("area_nm2")[0], table.column("length_nm")[0]) == (area, length)


def test_touching_particles_are_split() -> None:
    """Pairs of discs that overlap by up to a third of their diameter, of like and unlike size."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:80, :80]
    right = 0
    for _ in range(200):
        first = random.uniform(7, 12)
        second = first * random.uniform(0.8, 1.25)
        overlap = random.uniform(0.0, 1 / 3) * 2 * min(first, second)
        angle, centre = random.uniform(0, 2 * np.pi), random.uniform(38, 42, 2)
        half = (first + second - overlap) / 2 * np.array([np.sin(angle), np.cos(angle)])
        places = (centre - half, first), (centre + half, second)
        mask = np.any([(y - p[0]) ** 2 + (x - p[1]) ** 2 <= r**2 for p, r in places], axis=0)
        labels, count = split_by_watershed(mask)
        if count != 2:
            continue
        centres = [np.mean(np.nonzero(labels == n), axis=1) for n in (1, 2)]
        away = [min(np.hypot(*(c - p)) for c in centres) for p, _ in places]
        right += max(away) < 3
    assert right / 200 >= 0.95


def test_single_discs_and_ellipses_are_not_split() -> None:
    random = np.random.default_rng(4)
    y, x = np.mgrid[:80, :80]
    counts = []
    for _ in range(100):
        long, short = random.uniform(6, 18), random.uniform(0.6, 1)
        angle, (cy, cx) = random.uniform(0, np.pi), random.uniform(38, 42, 2)
        along = (y - cy) * np.sin(angle) + (x - cx) * np.cos(angle)
        across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        counts.append(split_by_watershed((along / long) ** 2 + (across / long / short) ** 2 <= 1)[1])
    assert np.mean(np.array(counts) == 1) >= 0.98


@cache
def nine_particles() -> tuple[Table, Table, np.ndarray]:
    """Nine particles over 40 frames with blinks of three frames and two empty frames; truth in pixels."""
    random = np.random.default_rng(5)
    start = grid(9, 28, random, 2)
    truth = start + np.cumsum(random.normal(scale=0.7, size=(40, 9, 2)), axis=0)
    images = []
    for frame, places in enumerate(truth):
        dark = [frame in range(5 + 3 * n, 8 + 3 * n) for n in range(9)]
        seen = places[~np.array(dark)] if frame not in (20, 21) else places[:0]
        images.append(caps((120, 120), seen, 4.0, 7.0) + random.normal(scale=0.1, size=(120, 120)))
    data = np.array(images, np.float32)
    times = [0.5 * frame for frame in range(40)]
    stack = AFMImageStack.from_array(data, mask=data > 1, pixel_size_nm=PIXEL, timestamps=times)
    made = tables(
        stack,
        ("features", {"min_area_nm2": 80.0}),
        ("tracks", {"of": "features", "max_distance_nm": 12.0, "max_gap_s": 3.0}),
    )
    return made["features"], made["tracks"], truth


def test_no_identity_is_switched_by_blinks_and_empty_frames() -> None:
    features, tracks, truth = nine_particles()
    assert len(features) == len(tracks) == 40 * 9 - 9 * 3 - 2 * 9 + sum(f in (20, 21) for f in range(5, 32))
    assert set(tracks.column("track")) == set(range(1, 10))
    for number in range(1, 10):
        own = tracks.select(tracks.column("track") == number)
        places = np.stack([own.column("y_nm"), own.column("x_nm")], axis=1) / PIXEL
        away = np.hypot(*np.moveaxis(truth[own.column("frame")] - places[:, None], -1, 0))
        assert len(set(np.argmin(away, axis=1))) == 1


def test_a_track_says_which_one_it_split_from_and_merges_into() -> None:
    """One cap over 12 frames; another leaves it in frame 4 and comes back in frame 9."""
    apart = [None, None, None, None, 13, 18, 22, 18, 13, None, None, None]
    images = [caps((60, 80), np.array([[30, 30]] + ([[30, 30 + d]] if d else [])), 4.0, 6.0) for d in apart]
    data = np.array(images, np.float32)
    times = [float(frame) for frame in range(12)]
    stack = AFMImageStack.from_array(data, mask=data > 1, pixel_size_nm=PIXEL, timestamps=times)
    settings = {"of": "features", "max_distance_nm": 30.0, "branches": True}
    tracks = tables(stack, ("features", {}), ("tracks", settings))["tracks"]
    columns = [tracks.column(name).tolist() for name in ("track", "split_from", "merges_into")]
    assert set(zip(*columns, strict=True)) == {(1, 0, 0), (2, 1, 1)}


def walk(steps: int, tracks: int, d: float, seed: int) -> Table:
    """Tracks of free diffusion in a table as `tracks` gives it; nm and s."""
    random = np.random.default_rng(seed)
    places = np.cumsum(random.normal(scale=np.sqrt(2 * d * 0.1), size=(tracks, steps, 2)), axis=1)
    columns = MEASURES.make("tracks", {"of": "features"}).columns(
        "nm", MEASURES.make("peaks", {}).columns("nm")
    )
    frames = np.tile(np.arange(steps), tracks)
    zeros = np.zeros(steps * tracks)
    rows = {column.name: zeros for column in columns} | {
        "track": np.repeat(np.arange(1, tracks + 1), steps),
        "frame": frames,
        "time_s": frames * 0.1,
        "y_nm": places[..., 0].ravel(),
        "x_nm": places[..., 1].ravel(),
    }
    return Table.of(columns, rows)


def msd_of(table: Table, **settings: Any) -> Table:
    measure = MEASURES.make("msd", {"of": "tracks", **settings})
    stack = AFMImageStack.from_array(np.zeros((2, 4, 4)), pixel_size_nm=1.0, timestamps=[0.0, 0.1])
    return measure.finished(measure.rows(table, stack), measure.columns("nm", table.columns))


def test_the_diffusion_coefficient_of_500_steps_is_right_to_ten_percent() -> None:
    fitted = msd_of(walk(500, 9, 40.0, 6))
    assert fitted.column("d_nm2_per_s")[0] == pytest.approx(40.0, rel=0.1)
    assert fitted.column("alpha")[0] == pytest.approx(1.0, abs=0.1)


def test_errors_of_the_diffusion_coefficient_are_as_large_as_its_scatter() -> None:
    fitted = msd_of(walk(500, 60, 40.0, 7), per="track")
    first = fitted.select(fitted.column("lag") == 1)
    scatter = np.std(first.column("d_nm2_per_s"))
    assert np.mean(first.column("d_error_nm2_per_s")) == pytest.approx(scatter, rel=0.35)
    away = np.abs(first.column("d_nm2_per_s") - 40) / first.column("d_error_nm2_per_s")
    assert np.mean(away < 2) > 0.85


def test_height_steps_are_found_where_they_are() -> None:
    random = np.random.default_rng(8)
    heights = np.repeat([4.0, 6.5, 3.5], [40, 25, 35]) + random.normal(scale=0.4, size=100)
    table = walk(100, 1, 1.0, 9)
    table = Table.of(table.columns, {**table.values, "height_max_nm": heights})
    measure = MEASURES.make("state_changes", {"of": "tracks"})
    stack = AFMImageStack.from_array(np.zeros((2, 4, 4)))
    states = measure.finished(measure.rows(table, stack), measure.columns("nm", table.columns))
    np.testing.assert_array_equal(states.column("first_frame"), [0, 40, 65])
    np.testing.assert_allclose(states.column("mean_height_max_nm"), [4.0, 6.5, 3.5], atol=0.25)


def test_the_spectrum_holds_the_variance_and_finds_the_period() -> None:
    x = np.arange(256) * PIXEL
    image = np.tile(1.5 * np.sin(2 * np.pi * x / 32.0), (20, 1))
    stack = AFMImageStack.from_array(image[None], pixel_size_nm=PIXEL)
    table = tables(stack, ("psd", {}))["psd"]
    density, frequency = table.column("density_nm3"), table.column("frequency_per_nm")
    assert table.column("wavelength_nm")[np.argmax(density)] == pytest.approx(32.0)
    assert density.sum() * frequency[0] == pytest.approx(np.var(image), rel=1e-6)


def test_a_profile_across_a_plane_is_its_slope() -> None:
    y, x = np.mgrid[:40, :50]
    plane = 0.3 * y * PIXEL + 0.1 * x * PIXEL
    stack = AFMImageStack.from_array(plane[None], pixel_size_nm=PIXEL)
    line = {"from_nm": [10, 12], "to_nm": [50, 82], "width_nm": 9.0}
    table = tables(stack, ("line_profile", line))["line_profile"]
    slope = (0.3 * 40 + 0.1 * 70) / np.hypot(40, 70)
    expected = 0.3 * 10 + 0.1 * 12 + slope * table.column("distance_nm")
    np.testing.assert_allclose(table.column("height_nm"), expected, atol=1e-9)


def regions_scene() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(10)
    from scipy.ndimage import gaussian_filter

    image = gaussian_filter(random.normal(size=(200, 240)), 4.0) * 20
    return image, image > 0.8


@needs("skimage")
def test_regions_are_those_of_scikit_image() -> None:
    from skimage.measure import perimeter_crofton, regionprops

    image, mask = regions_scene()
    labels, count = connected_regions(mask)
    ours = region_properties(labels, image, count, (1.0, 1.0))
    theirs = regionprops(labels, image)
    assert len(theirs) == count > 20
    np.testing.assert_allclose(ours["area"], [r.area for r in theirs])
    np.testing.assert_allclose(ours["y_outline"], [r.centroid[0] for r in theirs])
    np.testing.assert_allclose(ours["x_outline"], [r.centroid[1] for r in theirs])
    np.testing.assert_allclose(ours["box_y"], [r.bbox[0] for r in theirs])
    np.testing.assert_allclose(ours["box_width"], [r.bbox[3] - r.bbox[1] for r in theirs])
    np.testing.assert_allclose(ours["height_max"] + ours["level"], [r.intensity_max for r in theirs])
    large = ours["area"] > 30
    crofton = np.array([perimeter_crofton(np.pad(r.image, 1), 4) for r in theirs])
    np.testing.assert_allclose(ours["perimeter"][large], crofton[large], rtol=0.02)
    theirs_eccentricity = np.array([r.eccentricity for r in theirs])
    np.testing.assert_allclose(ours["eccentricity"][large], theirs_eccentricity[large], atol=0.02)


@needs("trackpy")
def test_the_msd_is_that_of_trackpy() -> None:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trackpy

    table = walk(200, 1, 40.0, 11)
    frame = pd.DataFrame(
        {"x": table.column("x_nm"), "y": table.column("y_nm"), "frame": table.column("frame")}
    )
    theirs = trackpy.motion.msd(frame, mpp=1.0, fps=10.0, max_lagtime=20)
    np.testing.assert_allclose(msd_of(table).column("msd_nm2"), theirs["msd"], rtol=1e-9)


@needs("laptrack")
def test_tracks_are_those_of_laptrack() -> None:
    import pandas as pd
    from laptrack import LapTrack

    features, tracks, _ = nine_particles()
    here = features.column("frame") < 20  # laptrack stops at a frame without features
    frame = pd.DataFrame({name: features.column(name)[here] for name in ("frame", "y_nm", "x_nm")})
    lap = LapTrack(cutoff=12.0**2, gap_closing_cutoff=12.0**2, gap_closing_max_frame_count=5)
    theirs, _, _ = lap.predict_dataframe(frame, ["y_nm", "x_nm"], frame_col="frame")
    theirs = theirs.reset_index()
    ours = {
        (f, y): t for f, y, t in zip(*(tracks.column(n) for n in ("frame", "y_nm", "track")), strict=True)
    }
    rows = zip(theirs["frame"], theirs["y_nm"], theirs["track_id"], strict=True)
    pairs = {(ours[frame, y], track) for frame, y, track in rows}
    assert len({ours_track for ours_track, _ in pairs}) == 9
    assert len(pairs) == len({theirs_track for _, theirs_track in pairs})  # it may leave a gap open


@needs("surfalize")
def test_roughness_is_that_of_surfalize() -> None:
    from surfalize import Surface

    image, _ = regions_scene()
    table = tables(AFMImageStack.from_array(image[None], pixel_size_nm=1.0), ("roughness", {}))["roughness"]
    surface = Surface(image - image.mean(), 1e-3, 1e-3)
    for name in ("Sa", "Sq", "Ssk", "Sku", "Sp", "Sv", "Sz"):
        column = name.lower() if name in ("Ssk", "Sku") else f"{name.lower()}_nm"
        assert table.column(column)[0] == pytest.approx(getattr(surface, name)(), rel=1e-6), name

"""What the numbers in the names of a folder's images say of its movies."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from playnano import load
from playnano.errors import ReadError

HEAD = (
    b"Gwyddion Simple Field 1.0\nXRes = 4\nYRes = 4\nXReal = 1e-8\nYReal = 1e-8\nXYUnits = m\n"
    b"Title = Height\nZUnits = m\n"
)


def folder_of(folder: Path, names: Sequence[str]) -> Path:
    """Flat images without times."""
    for name in names:
        (folder / f"{name}.gsf").write_bytes(HEAD + b"\0" * (4 - len(HEAD) % 4) + bytes(64))
    return folder


def every(step: timedelta, form: str, count: int = 9) -> list[str]:
    """Names of images by the clock."""
    start = datetime(2023, 2, 16, 12, 58, 57, 26000)
    times = [start + index * step for index in range(count)]
    return [time.strftime(form).replace("MS", f"{time.microsecond // 1000:03d}") for time in times]


def series(*prefixes: str, count: int = 3) -> list[str]:
    return [f"{prefix}{number:04d}" for prefix in prefixes for number in range(count)]


@pytest.mark.parametrize(
    "prefixes",
    [
        ("r1_", "r2_"),
        ("2023-02-16 run 01-", "2023-02-16 run 02-"),
        ("1.", "2."),
        ("20230216_", "20230217_"),
        ("mica 20230216-", "mica 20230217-"),
    ],
)
def test_two_movies_that_differ_in_a_number(tmp_path: Path, prefixes: tuple[str, str]) -> None:
    first, second = (f"{prefix}0000.gsf (3)" for prefix in prefixes)
    warning = f"the names are of several series, perhaps of several movies: {first}, {second}"
    assert load(folder_of(tmp_path, series(*prefixes))).warnings == (warning,)
    with pytest.raises(ReadError, match="several series"):
        load(tmp_path, strict=True)


@pytest.mark.parametrize(
    "names",
    [
        series("run2_"),
        [f"a{number}_{number}" for number in range(5)],
        [f"a1_{number}" for number in (1, 2, 3)] + [f"a2_{number}" for number in (4, 5, 6)],
        [f"09261616.{number:03d}" for number in range(3)] + [f"09261617.{number:03d}" for number in range(3)],
        every(timedelta(seconds=0.25), "save-%Y.%m.%d-%H.%M.%S.MS"),
        every(timedelta(seconds=0.001), "save-%H.%M.%S.MS"),
        every(timedelta(seconds=1), "save-%Y.%m.%d-%H.%M.%S"),
        every(timedelta(seconds=1), "%Y%m%d_%H%M%S"),
        every(timedelta(minutes=1), "save %H-%M", 70),
        every(timedelta(seconds=1), "save %M-%S", 70),
        every(timedelta(seconds=0.5), "%Y%m%d_%H%M%S_MS"),
        every(timedelta(minutes=1), "%Y%m%d_%H%M"),
        every(timedelta(minutes=20), "%Y%m%d-%H%M", 70),
    ],
    ids=lambda names: names[0],
)
def test_one_movie_is_not_taken_for_several(tmp_path: Path, names: list[str]) -> None:
    assert load(folder_of(tmp_path, names), frame_interval_s=0.5).warnings == ()


@pytest.mark.parametrize(
    ("numbers", "gap"),
    [
        ((1, 2, 3, 7, 8, 10), "images 4-6 and 9 are"),
        ((1, 2, 3, 5), "image 4 is"),
        ((1, 2, 3, 5, 6, 8, 9, 11, 12, 15, 16), "images 4, 7, 10 and 1 more gaps are"),
    ],
)
def test_images_that_are_missing_by_their_numbers(tmp_path: Path, numbers: Sequence[int], gap: str) -> None:
    folder_of(tmp_path, [f"scan_{number}" for number in numbers])
    assert load(tmp_path, frame_interval_s=0.5).warnings == (
        f"{gap} missing in the numbering of the names: times may be wrong from there on",
    )
    assert load(tmp_path).warnings == (
        f"{gap} missing in the numbering of the names: a frame may be missing there",
    )
    with pytest.raises(ReadError, match="missing in the numbering"):
        load(tmp_path, frame_interval_s=0.5, strict=True)


@pytest.mark.parametrize("numbers", [(0, 2, 4, 6), (10, 20, 35, 40), (1, 3, 4, 9)])
def test_numbers_that_do_not_rise_by_one_show_no_gap(tmp_path: Path, numbers: Sequence[int]) -> None:
    folder_of(tmp_path, [f"scan_{number}" for number in numbers])
    assert load(tmp_path, frame_interval_s=0.5).warnings == ()


def test_two_long_movies_by_their_dates(tmp_path: Path) -> None:
    folder_of(tmp_path, series("20230216_", "20230217_", count=120))
    warning = "the names are of several series, perhaps of several movies: "
    assert load(tmp_path).warnings == (f"{warning}20230216_0000.gsf (120), 20230217_0000.gsf (120)",)


def test_images_that_are_missing_after_a_date(tmp_path: Path) -> None:
    folder_of(tmp_path, [f"20230216_{number:04d}" for number in (1, 2, 3, 7, 8)])
    (warning,) = load(tmp_path, frame_interval_s=0.5).warnings
    assert warning.startswith("images 4-6 are missing in the numbering of the names")

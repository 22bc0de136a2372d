"""Image sequences, judged by Pillow's own decoder."""

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from playnano.errors import ExportError
from playnano.exporters.pictures.image_sequence import JpgSequenceExport, PngSequenceExport, SequenceExport
from playnano.rendering.palette import NAN
from playnano.rendering.pictures import pictures
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack

SMALL: dict[str, Any] = {"min_height": 96, "scale_bar_nm": "auto"}
BARE: dict[str, Any] = {"min_height": 16, "scale_bar": False, "timestamp": False}


def written(export: SequenceExport, stack: AFMImageStack, folder: Path, threads: int = 1) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    export.check(stack)
    export.write(stack, folder, threads)
    return folder


def saved(export: SequenceExport, stack: AFMImageStack, folder: Path, *, overwrite: bool = False) -> Path:
    planned = [PlannedFile(export, folder / export.file_name("run", True))]
    return write_exports(stack, planned, overwrite=overwrite, threads=1).outputs[0]


def chunks(file: Path) -> dict[bytes, bytes]:
    """The chunks of a PNG file, in order; their checksums are right."""
    data, found, at = file.read_bytes(), dict[bytes, bytes](), 8
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + body),)
        found[kind + body.split(b"\0")[0] if kind in {b"tEXt", b"iTXt"} else kind] = body
        at += 12 + size
    return found


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def with_nan(movie: AFMImageStack) -> AFMImageStack:
    data = movie.data
    data[:, :4] = data[:, :, -3:] = np.nan
    return AFMImageStack.from_array(data, pixel_size_nm=(2.5, 2.0), timestamps=movie.timestamps.tolist())


@pytest.mark.parametrize("settings", [{}, {"colour_bar": True, "cmap": "viridis", "text": "a text"}])
def test_a_png_holds_the_very_picture(settings: dict[str, Any], movie: AFMImageStack, tmp_path: Path) -> None:
    export, stack = PngSequenceExport(**SMALL, **settings), with_nan(movie)
    shown = pictures(stack, export)
    folder = written(export, stack, tmp_path / "run_filtered")
    assert names(folder) == [f"run_filtered_{index:04d}.png" for index in range(6)]
    for index, name in enumerate(names(folder)):
        with Image.open(folder / name) as image:
            assert image.mode == "P"
            assert np.array_equal(np.array(image), shown[index])
            assert np.array_equal(np.array(image.convert("RGB")), shown.palette[shown[index]])
            assert NAN in np.array(image)


def test_matplotlib_reads_the_same_colours(movie: AFMImageStack, tmp_path: Path) -> None:
    from matplotlib.image import imread

    export = PngSequenceExport(**SMALL)
    folder = written(export, movie, tmp_path / "run")
    shown = pictures(movie, export)
    read = np.rint(imread(folder / "run_0002.png")[..., :3] * 255).astype(np.uint8)
    assert np.array_equal(read, shown.palette[shown[2]])


def test_a_png_says_how_large_its_pixels_are(movie: AFMImageStack, tmp_path: Path) -> None:
    folder = written(PngSequenceExport(**BARE), movie, tmp_path / "run")
    found = chunks(folder / "run_0000.png")
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (32, 30)
    assert struct.unpack(">IIB", found[b"pHYs"]) == (500_000_000, 500_000_000, 1)
    unit, width, height = found[b"sCAL"][:1], *found[b"sCAL"][1:].split(b"\0")
    assert (unit, float(width), float(height)) == (b"\1", 2e-9, 2e-9)


def test_pixels_too_small_for_phys_are_told_in_scal(movie: AFMImageStack, tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(movie.data, pixel_size_nm=0.25)
    found = chunks(written(PngSequenceExport(**BARE), stack, tmp_path / "run") / "run_0000.png")
    assert b"pHYs" not in found
    assert [float(part) for part in found[b"sCAL"][1:].split(b"\0")] == [2.5e-10, 2.5e-10]


def test_frames_with_pixel_sizes_of_their_own(movie: AFMImageStack, tmp_path: Path) -> None:
    metadata = [{**frame, "frame_pixel_size_nm": 1.0 + t} for t, frame in enumerate(movie.frame_metadata)]
    stack = replace(movie, frame_metadata=tuple(metadata))
    folder = written(PngSequenceExport(**BARE), stack, tmp_path / "run")
    for index, name in enumerate(names(folder)):
        per_metre = struct.unpack(">IIB", chunks(folder / name)[b"pHYs"])[:2]
        assert per_metre == pytest.approx((1e9 / (index + 1),) * 2, rel=1e-8)


def test_an_unknown_pixel_size_is_not_invented(movie: AFMImageStack, tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(movie.data)
    found = chunks(written(PngSequenceExport(**BARE), stack, tmp_path / "run") / "run_0000.png")
    assert not {b"pHYs", b"sCAL"} & set(found)


def test_a_png_says_what_it_is(processed: AFMImageStack, tmp_path: Path) -> None:
    folder = written(PngSequenceExport(**SMALL), processed, tmp_path / "run_filtered")
    with Image.open(folder / "run_filtered_0001.png") as image:
        assert image.info["Software"].startswith("playnano ")
        assert image.info["Title"].endswith("height, frame 1, 0.5 s")
        assert "step_1_lower, feature_mask, step_3_lower" in image.info["Comment"]
        assert image.info["Comment"].endswith("run_filtered.provenance.json")


def test_text_beyond_latin_1(movie: AFMImageStack, tmp_path: Path) -> None:
    stack = replace(movie, channel="h\N{GREEK SMALL LETTER ALPHA}")
    folder = written(PngSequenceExport(**BARE), stack, tmp_path / "run")
    assert b"iTXtTitle" in chunks(folder / "run_0000.png")
    with Image.open(folder / "run_0000.png") as image:
        assert "h\N{GREEK SMALL LETTER ALPHA}, frame 0" in image.info["Title"]


def test_a_jpg_is_near_the_picture(movie: AFMImageStack, tmp_path: Path) -> None:
    export = JpgSequenceExport(**SMALL)
    shown = pictures(movie, export)
    folder = written(export, movie, tmp_path / "run_filtered_jpg")
    assert names(folder) == [f"run_filtered_{index:04d}.jpg" for index in range(6)]
    with Image.open(folder / "run_filtered_0004.jpg") as image:
        assert image.format == "JPEG"
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}  # type: ignore[attr-defined]
        assert image.info["comment"].endswith(b"provenance: run_filtered_jpg.provenance.json")
        errors = np.array(image).astype(int) - shown.palette[shown[4]].astype(int)
    assert np.abs(errors).mean() < 4


def test_quality(movie: AFMImageStack, tmp_path: Path) -> None:
    small = written(JpgSequenceExport(**SMALL, quality=20), movie, tmp_path / "small")
    large = written(JpgSequenceExport(**SMALL, quality=100), movie, tmp_path / "large")
    assert 2 * (small / "small_0000.jpg").stat().st_size < (large / "large_0000.jpg").stat().st_size
    for wrong in (0, 101):
        with pytest.raises(ValidationError):
            JpgSequenceExport(quality=wrong)


@pytest.mark.parametrize("export", [PngSequenceExport(**SMALL), JpgSequenceExport(**SMALL)])
def test_bytes_do_not_depend_on_threads(export: SequenceExport, movie: AFMImageStack, tmp_path: Path) -> None:
    one = written(export, movie, tmp_path / "1" / "run", threads=1)
    three = written(export, movie, tmp_path / "3" / "run", threads=3)
    assert names(one) == names(three)
    assert all((one / name).read_bytes() == (three / name).read_bytes() for name in names(one))


def test_names_sort_for_long_movies(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.ones((10_001, 2, 2), np.float32) * [[0, 1], [1, 2]])
    export = PngSequenceExport(**BARE | {"zmin": 0, "zmax": 2})
    folder = written(export, stack, tmp_path / "run")
    assert names(folder)[:2] == ["run_00000.png", "run_00001.png"]
    assert names(folder)[-1] == "run_10000.png"
    assert export.may_replace(folder)


def test_a_single_frame(movie: AFMImageStack, tmp_path: Path) -> None:
    assert names(saved(PngSequenceExport(**SMALL), movie.select([2]), tmp_path)) == ["run_filtered_0000.png"]


@pytest.mark.parametrize("export", [PngSequenceExport(**SMALL), JpgSequenceExport(**SMALL)])
def test_frames_of_a_longer_run_do_not_stay_behind(
    export: SequenceExport, movie: AFMImageStack, tmp_path: Path
) -> None:
    folder = saved(export, movie, tmp_path)
    assert len(names(folder)) == 6
    (folder / ".DS_Store").write_bytes(b"made by looking at the folder")
    assert saved(export, movie.select([0, 1]), tmp_path, overwrite=True) == folder
    assert len(names(folder)) == 2
    assert names(tmp_path) == [folder.name, f"{folder.name}.provenance.json"]


def test_nothing_is_overwritten_unasked(movie: AFMImageStack, tmp_path: Path) -> None:
    folder = saved(PngSequenceExport(**SMALL), movie, tmp_path)
    with pytest.raises(ExportError, match="exists"):
        saved(PngSequenceExport(**SMALL), movie.select([0]), tmp_path)
    assert len(names(folder)) == 6


@pytest.mark.parametrize("foreign", ["notes.txt", "run_filtered_1.png", "run_0000.png", "more/x_0000.png"])
def test_a_folder_with_other_files_is_left_alone(foreign: str, movie: AFMImageStack, tmp_path: Path) -> None:
    folder = saved(PngSequenceExport(**SMALL), movie, tmp_path)
    (folder / foreign).parent.mkdir(exist_ok=True)
    (folder / foreign).write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match="choose another name"):
        saved(PngSequenceExport(**SMALL), movie, tmp_path, overwrite=True)
    assert (folder / foreign).read_text(encoding="utf-8") == "mine"


def test_a_file_is_not_replaced_by_a_folder(movie: AFMImageStack, tmp_path: Path) -> None:
    (tmp_path / "run_filtered").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match="choose another name"):
        saved(PngSequenceExport(**SMALL), movie, tmp_path, overwrite=True)


def test_both_kinds_and_others_stand_side_by_side() -> None:
    found = [export.file_name("run_0.5nm", True) for export in (PngSequenceExport(), JpgSequenceExport())]
    assert found == ["run_0.5nm_filtered", "run_0.5nm_filtered_jpg"]
    assert PngSequenceExport(raw=True).file_name("run", True) == "run_raw"
    assert PngSequenceExport(name="figure").file_name("run", True) == "figure"


@pytest.mark.parametrize("export", [PngSequenceExport(**SMALL), JpgSequenceExport(**SMALL)])
def test_a_picture_of_another_program_is_not_replaced(
    export: SequenceExport, movie: AFMImageStack, tmp_path: Path
) -> None:
    folder = saved(export, movie.select([0, 1]), tmp_path)
    stem = names(folder)[0].removesuffix(f"_0000{export.ending}")
    foreign = folder / f"{stem}_0007{export.ending}"
    Image.new("L", (4, 3)).save(foreign)
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    with pytest.raises(ExportError, match=rf"holds files that playnano did not write \({foreign.name}\)"):
        saved(export, movie, tmp_path, overwrite=True)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before

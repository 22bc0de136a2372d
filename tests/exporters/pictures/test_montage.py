"""Montages: the size a paper wants, the frames asked for, their very colours, the same bytes every time."""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from playnano.errors import ExportError, PlaynanoError
from playnano.exporters.pictures.montage import MontageExport
from playnano.exporters.pictures.montage_layout import Layout, best
from playnano.exporters.pictures.montage_sheet import FONT_PT, FONT_PX, lines, without_annotations
from playnano.rendering.glyphs import text_width
from playnano.rendering.palette import NAN, palette
from playnano.rendering.pictures import pictures
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack

ONE_MM = 300 / 25.4


def levels(n: int = 6, height: int = 20, width: int = 30, **known: Any) -> AFMImageStack:
    """Frame t is t everywhere, but for one pixel of -1 and one of n."""
    data = np.ones((n, height, width), np.float32) * np.arange(n, dtype=np.float32)[:, None, None]
    data[:, 0, 0], data[:, -1, -1] = -1, n
    known = {"pixel_size_nm": 10.0, "timestamps": [t / 2 for t in range(n)], **known}
    return AFMImageStack.from_array(data, **known)


def drawn(stack: AFMImageStack, path: Path, **settings: Any) -> Path:
    export = MontageExport(**settings)
    export.check(stack)
    export.write(stack, path)
    return path


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.array(image)


def panel_colours(path: Path, columns: int, rows: int, stack: AFMImageStack) -> list[tuple[int, ...]]:
    """The colours in the middle of the panels of a montage without colour bar and times."""
    image = pixels(path)
    height, width = image.shape[:2]
    places = [(2 * r + 1, 2 * c + 1) for r in range(rows) for c in range(columns)]
    return [tuple(image[y * height // (2 * rows), x * width // (2 * columns)].tolist()) for y, x in places]


BARE: dict[str, Any] = {"timestamp": False, "scale_bar": False, "colour_bar": False, "zmin": 0, "zmax": 6}


@pytest.mark.parametrize(("width", "px"), [("single", 1004), ("double", 2055)])
def test_as_wide_as_a_column_at_300_dpi(width: str, px: int, tmp_path: Path) -> None:
    with Image.open(drawn(levels(), tmp_path / "m.png", width=width)) as image:
        assert image.width == px
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.info["Comment"] == "provenance: m.png.provenance.json"


def test_panels_are_the_frames_asked_for_in_their_colours(tmp_path: Path) -> None:
    stack = levels()
    chosen = (5, 0, 3, 1)
    path = drawn(stack, tmp_path / "m.png", **BARE, frames=chosen, columns=2)
    export = MontageExport(**BARE, frames=chosen)
    shown = without_annotations(pictures(stack, export))
    expected = [tuple(palette("afm_brown")[shown[index][200, 200]].tolist()) for index in chosen]
    assert len(set(expected)) == 4
    assert panel_colours(path, 2, 2, stack) == expected


def test_panels_have_true_proportions(tmp_path: Path) -> None:
    stack = levels(1, 20, 30, pixel_size_nm=(30.0, 10.0))
    image = pixels(drawn(stack, tmp_path / "m.png", **BARE))
    assert image.shape[0] / image.shape[1] == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize(
    ("n", "count", "expected"),
    [(6, 6, (0, 1, 2, 3, 4, 5)), (11, 3, (0, 5, 10)), (2, 6, (0, 1)), (9, 1, (0,)), (1, 4, (0,))],
)
def test_frames_at_even_distances(n: int, count: int, expected: tuple[int, ...]) -> None:
    export = MontageExport(count=count)
    assert export.chosen(pictures(levels(n), export)) == expected


def test_blank_frames_are_passed_over() -> None:
    data = levels(7).data
    data[[0, 3]] = 1.0
    stack = AFMImageStack.from_array(data, pixel_size_nm=10.0, timestamps=list(range(7)))
    export = MontageExport(count=3)
    assert export.chosen(pictures(stack, export)) == (1, 4, 6)
    everything_blank = AFMImageStack.from_array(data * 0, pixel_size_nm=10.0, timestamps=list(range(7)))
    assert export.chosen(pictures(everything_blank, export)) == (0, 3, 6)


@pytest.mark.parametrize("file_type", ["png", "pdf"])
def test_the_same_bytes_whatever_the_users_settings(file_type: str, tmp_path: Path) -> None:
    one = drawn(levels(), tmp_path / f"1.{file_type}", file_type=file_type, name="m").read_bytes()
    with mpl.rc_context({"font.size": 20, "savefig.bbox": "tight", "figure.facecolor": "red"}):
        two = drawn(levels(), tmp_path / f"2.{file_type}", file_type=file_type, name="m").read_bytes()
    if file_type == "pdf":
        assert one.replace(b"1.p", b"2.p") == two
    else:
        assert np.array_equal(pixels(tmp_path / "1.png"), pixels(tmp_path / "2.png"))
        assert drawn(levels(), tmp_path / "1.png").read_bytes() == one


def test_a_pdf_is_as_wide_as_asked_and_tells_no_time(tmp_path: Path) -> None:
    data = drawn(levels(), tmp_path / "m.pdf", file_type="pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"CreationDate" not in data
    assert b"/FontFile2" in data
    box = data.split(b"/MediaBox [")[1].split(b"]")[0].split()
    assert float(box[2]) / 72 * 25.4 == pytest.approx(85, abs=0.05)


def test_no_number_has_its_own_colour(tmp_path: Path) -> None:
    data = levels().data
    data[2, :, :15] = np.nan
    stack = AFMImageStack.from_array(data, pixel_size_nm=10.0, timestamps=list(range(6)))
    image = pixels(drawn(stack, tmp_path / "m.png", **BARE, frames=[2]))
    assert tuple(image[300, 200].tolist()) == tuple(palette("afm_brown")[NAN].tolist())


def test_the_scale_bar_is_exactly_as_long_as_it_says(tmp_path: Path) -> None:
    stack = levels(1, 20, 30)  # 300 nm wide
    settings = BARE | {"scale_bar": True, "scale_bar_nm": 90}
    image = pixels(drawn(stack, tmp_path / "m.png", **settings)).astype(int).sum(axis=2)
    row = image[-round(1.8 * ONE_MM)]
    assert np.count_nonzero(row > 700) == pytest.approx(0.3 * image.shape[1], abs=1.5)


def test_clipped_pixels_are_those_of_the_frames_shown(tmp_path: Path) -> None:
    export = MontageExport(**BARE | {"zmin": 0.5, "zmax": 4.5}, frames=(0, 2))
    path = tmp_path / export.file_name("run", True)
    done = write_exports(levels(), [PlannedFile(export, path)], threads=1)
    assert [file.name for file in done.outputs] == [
        "run_filtered_montage.png",
        "run_filtered_montage.png.provenance.json",
    ]
    told = json.loads(done.outputs[1].read_text(encoding="utf-8"))
    assert told["picture"]["clipped_below"] == pytest.approx(600 / 1200, abs=0.01)
    assert told["export"]["frames"] == [0, 2]


def test_file_names() -> None:
    assert MontageExport().file_name("run_0.5nm", True) == "run_0.5nm_filtered_montage.png"
    assert MontageExport(file_type="pdf").file_name("run_0.5nm", False) == "run_0.5nm_montage.pdf"
    assert MontageExport(raw=True).file_name("run", True) == "run_raw_montage.png"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frames": [0, 6]}, "there is no frame 6: the last one is 5"),
        ({"frames": [0] * 40, "columns": 20}, "20 frames side by side do not fit in 85 mm"),
        ({"frames": [0] * 40, "columns": 1}, "more than a page"),
        ({"scale_bar_nm": 1000}, "does not fit"),
    ],
)
def test_what_cannot_be_is_said_before_a_frame_is_computed(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(PlaynanoError, match=message) as caught:
        MontageExport(**settings).check(levels())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "settings", [{"frames": [-1]}, {"frames": []}, {"count": 0}, {"width": "triple"}, {"zscale": "frame"}]
)
def test_what_cannot_be_meant(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MontageExport.model_validate(settings)


def test_a_range_for_each_frame_needs_to_go_without_colour_bar(tmp_path: Path) -> None:
    drawn(levels(), tmp_path / "m.png", zscale="frame", colour_bar=False)


def test_raw_has_its_own_frames(processed: AFMImageStack) -> None:
    fewer = processed.apply("select_frames", keep_indices=[0, 1])
    settings: dict[str, Any] = {"frames": [5], "scale_bar_nm": "auto"}
    MontageExport(**settings, raw=True).check(fewer)
    with pytest.raises(ExportError, match="there is no frame 5"):
        MontageExport(**settings).check(fewer)


def test_what_is_unknown_is_not_drawn_where_it_is_not_asked_for(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(levels().data)
    drawn(stack, tmp_path / "m.png", timestamp=False, scale_bar=False)


def test_headings_fit_in_the_figure() -> None:
    found = lines("A heading that is rather long for one column of a journal, W" * 2 + "\nand a line", 85)
    assert len(found) >= 3
    assert max(text_width(line, FONT_PX) for line in found) <= 85 * ONE_MM
    assert lines(None, 85) == []
    assert FONT_PT >= 5


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 8, 12, 25])
def test_grids_are_well_filled(count: int) -> None:
    every = [Layout(count, columns, 1.0, 85.0, 6.0, True, 0) for columns in range(1, count + 1)]
    layout = best(every)
    assert layout.rows * layout.columns - count <= 1
    assert layout.height < 120
    assert layout.panel(count - 1)[0] + layout.panel_size[0] <= layout.colour_bar[0]

"""What the commands say of files of other programs: channels, masks, what is missing, what was not stored."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from gwy_file import field, nested, part
from ibw_file import wave
from nid_file import nanosurf
from sxm_file import nanonis
from topostats_file import topostats
from wsxm_file import wsxm

from playnano import load

RNG = np.random.default_rng(1)
ROW, COLUMN = np.mgrid[:256, :256]


def gwyddion_file(path: Path, *fields: tuple[np.ndarray, str, bool | None, np.ndarray | None]) -> Path:
    """A file of images (nm, title, visible, mask)."""
    parts = []
    for number, (image, title, visible, mask) in enumerate(fields):
        parts += [
            part(f"/{number}/data", "o", field(image * 1e-9, "m")),
            part(f"/{number}/data/title", "s", title.encode() + b"\0"),
        ]
        parts += [] if visible is None else [part(f"/{number}/data/visible", "b", visible)]
        parts += [] if mask is None else [part(f"/{number}/mask", "o", field(mask, ""))]
    path.write_bytes(b"GWYP" + nested("GwyContainer", *parts))
    return path


def test_a_mask_over_undefined_pixels_is_in_force(tmp_path: Path, playnano) -> None:
    image = 0.05 * COLUMN + 0.02 * ROW + RNG.normal(0, 0.1, (256, 256))
    mask = np.zeros_like(image)
    mask[20:140, 10:150] = 1
    holed = np.where(mask, np.nan, image)
    image[mask > 0] = image.mean()
    masked = gwyddion_file(tmp_path / "masked.gwy", (image, "Height", None, mask))
    with_nan = gwyddion_file(tmp_path / "with_nan.gwy", (holed, "Height", None, None))
    for step in ("remove_plane", "row_median_align"):
        levelled, right = (load(path).apply(step)[0][mask == 0] for path in (masked, with_nan))
        np.testing.assert_allclose(levelled, right, atol=1e-4)
    assert np.std(load(masked).apply("remove_plane")[0][mask == 0]) == pytest.approx(0.1, abs=0.01)
    assert "the file's mask is in force" in playnano("info", str(masked)).stdout
    assert playnano("info", str(with_nan), "--json").exit_code == 0


def test_the_mask_reaches_a_bundle(tmp_path: Path, playnano) -> None:
    mask = np.zeros((8, 9))
    mask[2:4, 3] = 1
    gwyddion_file(tmp_path / "a.gwy", (RNG.normal(size=(8, 9)), "Height", None, mask))
    playnano("convert", str(tmp_path / "a.gwy"), str(tmp_path / "a.h5"))
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["mask"][0], mask > 0)


def test_grains_of_topostats_are_masked(tmp_path: Path) -> None:
    path = topostats(tmp_path / "a.topostats")
    height, width = load(path).shape[1:]
    classes = np.zeros((height, width, 2), np.int32)
    classes[1, 2, 1] = 1
    classes[..., 0] = 1 - classes[..., 1]
    with h5py.File(path, "a") as file:
        file["grain_masks/above"] = classes
    stack = load(path)
    np.testing.assert_array_equal(stack.frames[0].mask, classes[..., 1] > 0)
    assert stack.warnings == ("the mask of grains is in force: what it marks is left out of fits",)


def test_two_heights_of_one_name(tmp_path: Path, playnano) -> None:
    first, second = RNG.normal(size=(16, 16)), RNG.normal(size=(5, 6))
    path = gwyddion_file(tmp_path / "two.gwy", (first, "Height", False, None), (second, "Height", True, None))
    np.testing.assert_allclose(load(path)[0], second, rtol=1e-6)
    np.testing.assert_allclose(load(path, channel="Height")[0], first, rtol=1e-6)
    shown = playnano("info", str(path)).stdout
    assert "Height 2 in nm, 5 x 6, pixel 2 x 5 nm" in shown
    assert "Height in nm, 16 x 16, pixel 0.625 x 1.875 nm" in shown
    for command in (
        ["convert", str(path), str(tmp_path / "a.npz")],
        ["run", str(recipe(tmp_path)), str(path)],
    ):
        assert "1 frame of 5 x 6 pixels, Height 2 in nm" in playnano(*command).stdout


def recipe(folder: Path) -> Path:
    """A recipe that writes a bundle."""
    path = folder / "recipe.yaml"
    path.write_text("version: 1\nexports:\n  - format: npz\n", encoding="utf-8")
    return path


def test_frames_that_were_not_stored_are_counted(tmp_path: Path, playnano) -> None:
    whole = nanonis()
    (tmp_path / "folder").mkdir()
    for number in range(4):
        content = whole[:-48] + (b"\x7f\xc0\0\0" * 12 if number == 2 else whole[-48:])
        content = content[:-28] + b"\x7f\xc0\0\0" + content[-24:] if number == 1 else content
        path = tmp_path / "folder" / f"s{number}.sxm"
        path.write_bytes(content.replace(b"00:00:00", b"00:00:0%d" % number))
    facts = json.loads(playnano("info", str(tmp_path / "folder"), "--json").stdout)
    assert (facts["empty_frames"], facts["undefined_frames"], facts["blank_frames"]) == ([2], [1], [2])
    shown = playnano("info", str(tmp_path / "folder")).stdout
    assert "empty frames  1 frame: 2" in shown
    assert "1 frame holds undefined pixels (NaN, or infinite in the file): frame 1 (1 pixel)" in " ".join(
        shown.split()
    )


@pytest.mark.parametrize("wrong", [-7, 0, 93])
def test_a_header_of_wsxm_ends_where_it_says(tmp_path: Path, playnano, wrong: int) -> None:
    whole = wsxm()
    size = int(whole.split(b"Image header size: ")[1][:3])
    (tmp_path / "right.top").write_bytes(whole)
    path = tmp_path / "a.top"
    path.write_bytes(whole.replace(b"size: %d" % size, b"size: %d" % (size + wrong)))
    np.testing.assert_array_equal(load(path).data, load(tmp_path / "right.top").data)
    shown = playnano("info", str(path)).stdout
    assert (f"`Image header size` is {size + wrong}" in shown) == (wrong != 0)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_headers_of_nanosurf_in_utf_8_and_latin_1(tmp_path: Path, encoding: str) -> None:
    head, data = nanosurf().split(b"#!")
    text = head.decode("latin-1").replace("Dim2Name=Topography", "Dim2Name=Größe", 1)
    text = text.replace("Dim2Unit=m", "Dim2Unit=°", 1)
    (tmp_path / "a.nid").write_bytes(text.encode(encoding) + b"#!" + data)
    stack = load(tmp_path / "a.nid", channel="Größe forward")
    assert stack.unit == "deg"


def test_the_second_scan_of_nanosurf(tmp_path: Path) -> None:
    (tmp_path / "a.nid").write_bytes(nanosurf(second="2nd scan forward"))
    (tmp_path / "b.nid").write_bytes(nanosurf())
    second = load(tmp_path / "a.nid", channel="Topography 2nd scan forward")
    np.testing.assert_array_equal(second.data, load(tmp_path / "b.nid", channel="Topography backward").data)


def test_equal_names_of_nanonis_are_numbered(tmp_path: Path) -> None:
    row = b"\t14\tZ\tm\tboth\t2.752E-8\t0.0E+0\n"
    whole = nanonis()
    (tmp_path / "a.sxm").write_bytes(whole.replace(row, row + row) + whole[-48:])
    one, two = (load(tmp_path / "a.sxm", channel=name) for name in ("Z forward", "Z forward 2"))
    np.testing.assert_array_equal(one.data, two.data)


def nameless(path: Path) -> Path:
    """An Igor wave of one layer without label, unit, size or time, as Gwyddion writes it."""
    whole = bytearray(wave(labels=("x",), note=""))
    whole[64 + 148 : 64 + 160] = bytes(12)
    whole[-32:] = bytes(32)
    whole[2:4] = bytes(2)
    total = int(np.frombuffer(bytes(whole[:384]), "<i2").sum(dtype=np.int64))
    whole[2:4] = (-total % 65536).to_bytes(2, "little")
    path.write_bytes(whole)
    return path


def test_a_nameless_image_needs_one_round(tmp_path: Path, playnano) -> None:
    path = nameless(tmp_path / "nameless.ibw")
    refused = playnano("convert", str(path), str(tmp_path / "a.gif"))
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert all(setting in refused.stderr for setting in ("unit", "pixel_size_nm"))
    assert "frame_interval_s" not in refused.stderr
    made = playnano("convert", str(path), str(tmp_path / "a.gif"), "--unit", "nm", "--pixel-size-nm", "2")
    assert made.exit_code == 0, made.stderr
    assert (tmp_path / "a.gif").exists()


def test_info_opens_a_nameless_image_and_says_what_is_missing(tmp_path: Path, playnano) -> None:
    path = nameless(tmp_path / "nameless.ibw")
    facts = json.loads(playnano("info", str(path), "--json").stdout)
    assert (facts["unit"], facts["height"], facts["width"], facts["pixel_size_nm"]) == (None, 2, 3, None)
    assert "unit" in facts["warnings"][0]
    assert "without a unit, 2 x 3" in playnano("info", str(path)).stdout


def test_a_folder_names_what_it_passes_over(tmp_path: Path, playnano) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "a.sxm").write_bytes(nanonis())
    (scans / "b.sxm").write_bytes(nanonis(time="00:00:09"))
    (scans / "notes.txt").write_text("what was done", encoding="utf-8")
    assert "the folder also holds notes.txt; not read" in playnano("info", str(scans)).stdout

"""Parts of images, turned images, and masks by place or from a file."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, Extent


def numbered(pixel_size_nm: Any = (2.0, 4.0)) -> AFMImageStack:
    images = np.arange(2 * 12 * 10, dtype=np.float32).reshape(2, 12, 10)
    return AFMImageStack.from_array(images, mask=images % 7 == 0, pixel_size_nm=pixel_size_nm)


def test_crop_counts_pixels_or_measures_nm() -> None:
    stack = numbered()
    for cropped in (
        stack.apply("crop", top=2, left=3, height=5, width=4),
        stack.apply("crop", top=4.0, left=12.0, height=10.0, width=16.0, unit="nm"),
    ):
        np.testing.assert_array_equal(cropped.data, stack.data[:, 2:7, 3:7])
        np.testing.assert_array_equal(cropped.frames[1].mask, stack.data[1, 2:7, 3:7] % 7 == 0)
    assert stack.apply("crop", top=2).shape == (2, 10, 10)


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"top": 2.5}, "top is a whole number of pixels"),
        ({"top": 3, "height": 10}, "rows 3 to 13 are not in the image, which has 12 rows"),
        ({"left": 10}, "columns 10 to 10 are not in the image, which has 10 columns"),
        ({"left": 1e300}, "are not in the image"),
        ({"width": 10.0, "unit": "nm"}, "set pixel_size_nm"),
    ],
)
def test_crop_refuses_what_is_not_in_the_image(parameters: dict[str, Any], fault: str) -> None:
    with pytest.raises(PlaynanoError, match=fault):
        numbered(None).apply("crop", **parameters)


def test_the_plan_knows_that_a_crop_does_not_fit() -> None:
    step = STEPS.make("crop", {"top": 30})
    with pytest.raises(PlaynanoError, match="which has 12 rows"):
        step.extent(Extent(2, 12, 10))


def test_quarter_turns_go_counterclockwise() -> None:
    square = numbered(2.0)
    turned = square.apply("rotate90", turns=1)
    np.testing.assert_array_equal(turned.data, np.rot90(square.data, 1, (1, 2)))
    np.testing.assert_array_equal(turned.frames[1].mask, turned.data[1] % 7 == 0)
    np.testing.assert_array_equal(turned.apply("rotate90", turns=3).data, square.data)
    np.testing.assert_array_equal(numbered().apply("rotate90", turns=2).data, numbered().data[:, ::-1, ::-1])
    with pytest.raises(PlaynanoError, match="pixels of 2 x 4 nm are not square"):
        numbered().apply("rotate90", turns=1)


def mask_of(step: str, mask: Any = None, **parameters: Any) -> Any:
    stack = AFMImageStack.from_array(np.zeros((12, 10)), mask=mask, pixel_size_nm=(2.0, 4.0))
    return stack.apply(step, **parameters).frames[0].mask


def test_polygons() -> None:
    rectangle = np.zeros((12, 10), bool)
    rectangle[2:7, 3:8] = True
    corners = [[2, 3], [2, 8], [7, 8], [7, 3]]
    np.testing.assert_array_equal(mask_of("mask_polygon", vertices=corners), rectangle)
    in_nm = [[2 * y, 4 * x] for y, x in corners]
    np.testing.assert_array_equal(mask_of("mask_polygon", vertices=in_nm, unit="nm"), rectangle)
    y, x = np.mgrid[:12, :10]
    triangle = [[-0.5, -0.5], [30.5, -0.5], [-0.5, 30.5]]
    np.testing.assert_array_equal(mask_of("mask_polygon", vertices=triangle), x + y < 30)


def test_a_polygon_beside_the_image_is_refused_when_the_run_is_planned() -> None:
    away = {"vertices": [[50, 50], [50, 60], [60, 60]]}
    with pytest.raises(PlaynanoError, match=r"no pixel of the image \(12 x 10\) lies inside"):
        STEPS.make("mask_polygon", away).extent(Extent(2, 12, 10))
    with pytest.raises(PlaynanoError, match="no pixel of the image"):
        mask_of("mask_polygon", **away, unit="nm")


def drawn() -> Any:
    return (np.arange(120).reshape(12, 10) % 5 == 0).astype(np.uint8)


def written(path: Path, values: Any) -> Path:
    if path.suffix == ".png":
        Image.fromarray(values * 255).save(path)
    elif path.suffix == ".npz":
        np.savez(path, mask=values)
    elif path.suffix == ".npy":
        np.save(path, values)
    else:
        tifffile.imwrite(path, values, photometric="minisblack")
    return path


@pytest.mark.parametrize("name", ["m.png", "m.npz", "m.npy", "m.tif", "m.TIFF"])
def test_masks_from_files(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, drawn())
    after = numbered().apply("mask_from_file", path=str(path))
    np.testing.assert_array_equal(after.frames[1].mask, (drawn() == 1) | (numbered().data[1] % 7 == 0))
    (record,) = after.provenance.steps
    assert record.model_dump()["estimation"]["path_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_one_array_of_several_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    np.savez(path, heights=np.ones((12, 10)), mask=drawn())
    np.testing.assert_array_equal(mask_of("mask_from_file", path=str(path), array="mask"), drawn() == 1)
    for array, fault in ((None, "name one by `array`"), ("marks", "has no array 'marks'")):
        with pytest.raises(PlaynanoError, match=fault):
            mask_of("mask_from_file", path=str(path), array=array)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("small.png", drawn()[:5], "has 5 x 10 pixels, and the frames have 12 x 10"),
        ("movie.tif", np.zeros((3, 12, 10), np.uint8), "holds 3 images"),
        ("cube.npy", np.zeros((3, 12, 10)), "a mask is one image of numbers"),
        ("pickled.npy", np.array([[None]]), "damaged"),
        ("cut.png", b"\x89PNG", "cannot be read as .png"),
        ("mask.jpg", b"", "is read from .npz, .npy, .png, .tif, .tiff"),
        ("absent.png", None, "cannot read"),
    ],
)
def test_files_that_hold_no_mask_of_that_size_end_the_plan(
    name: str, content: Any, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        written(path, content)
    with pytest.raises(PlaynanoError, match=fault) as raised:
        STEPS.make("mask_from_file", {"path": str(path)}).extent(Extent(2, 12, 10))
    assert "\n" not in str(raised.value)


def test_masks_made_smaller() -> None:
    block = np.zeros((12, 10), bool)
    block[3:9, 0:6] = True
    inner = np.zeros((12, 10), bool)
    inner[4:8, 0:5] = True
    np.testing.assert_array_equal(mask_of("shrink_mask", block), inner)
    speck = block.copy()
    speck[0, 8] = speck[1, 9] = True
    np.testing.assert_array_equal(mask_of("remove_small_from_mask", speck, min_pixels=3), block)
    np.testing.assert_array_equal(mask_of("remove_small_from_mask", speck, min_pixels=2), speck)
    np.testing.assert_array_equal(mask_of("invert_mask", block), ~block)
    assert mask_of("invert_mask").all()


def test_later_steps_and_masks_go_on_from_the_smaller_mask() -> None:
    image = np.add.outer(np.arange(12) / 100, np.sin(np.arange(10)) / 10)
    image[3:9, 2:8] += 5
    stack = AFMImageStack.from_array(image).apply("mask_threshold", threshold=1.0)
    shrunk = stack.apply("shrink_mask", pixels=2)
    assert np.asarray(shrunk.masks["step_2_shrink_mask"]).sum() == 4
    assert np.asarray(shrunk.masks["step_1_mask_threshold"]).sum() == 36
    inner = np.zeros((12, 10), bool)
    inner[5:7, 4:6] = True
    assert shrunk.apply("zero_mean").data[0, 0, 0] == pytest.approx(-image[~inner].mean())

"""`stack.to_napari()`: with a stand-in that notes what it is given, and with napari where it is installed."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from playnano import AFMImageStack, PlaynanoError


class Viewer:
    def __init__(self) -> None:
        self.layers: list[tuple[str, np.ndarray, dict[str, Any]]] = []

    def add_image(self, data: Any, **settings: Any) -> None:
        self.layers.append(("image", np.asarray(data), settings))

    def add_labels(self, data: Any, **settings: Any) -> None:
        self.layers.append(("labels", np.asarray(data), settings))


@pytest.fixture
def napari(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("napari")
    module.Viewer = Viewer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "napari", module)


def stack_of(**options: Any) -> AFMImageStack:
    heights = np.random.default_rng(2).normal(size=(3, 5, 7)).astype(np.float32)
    return AFMImageStack.from_array(heights, timestamps=[0, 0.5, 1.25], **options)


@pytest.mark.usefixtures("napari")
def test_images_and_masks_lie_where_they_were_scanned() -> None:
    stack = stack_of(pixel_size_nm=(4.0, 2.0)).apply("mask_threshold", name="high")
    (kind, heights, image), (mask_kind, labels, mask) = stack.to_napari().layers
    assert (kind, mask_kind) == ("image", "labels")
    np.testing.assert_array_equal(heights, stack.data)
    np.testing.assert_array_equal(labels, np.asarray(stack.masks["high"]))
    assert labels.dtype == np.uint8
    assert labels.any()
    assert (image["name"], mask["name"]) == ("height", "high")
    for layer in (image, mask):
        assert layer["scale"] == (1.0, 4.0, 2.0)
        assert layer["translate"] == (0.0, 0.0, 0.0)
        assert layer["units"] == ("pixel", "nm", "nm")


@pytest.mark.usefixtures("napari")
def test_times_and_what_was_done_are_in_the_metadata() -> None:
    (_, _, image), *_ = stack_of().apply("zero_mean", name="zero").to_napari().layers
    metadata = image["metadata"]
    assert metadata["timestamps"] == [0, 0.5, 1.25]
    assert (metadata["unit"], metadata["source"], metadata["steps"]) == ("nm", "array", ["zero"])


@pytest.mark.usefixtures("napari")
def test_an_unknown_pixel_size_is_one_pixel() -> None:
    (_, _, image), *_ = stack_of().to_napari().layers
    assert (image["scale"], image["units"]) == ((1.0, 1.0, 1.0), ("pixel", "pixel", "pixel"))


@pytest.mark.usefixtures("napari")
def test_a_mask_that_came_with_the_array_is_shown_in_a_viewer_that_is_open() -> None:
    viewer, mask = Viewer(), np.eye(5, 7, dtype=bool)[None].repeat(3, 0)
    assert stack_of(mask=mask).to_napari(viewer) is viewer
    kind, labels, settings = viewer.layers[1]
    assert (kind, settings["name"]) == ("labels", "mask")
    np.testing.assert_array_equal(labels, mask)


def test_without_napari_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "napari", None)
    with pytest.raises(PlaynanoError, match=r"pip install 'playnano\[napari\]'"):
        stack_of().to_napari()


def test_napari_itself_takes_them() -> None:
    components = pytest.importorskip("napari.components", reason="napari is not installed")
    stack = stack_of(pixel_size_nm=(4.0, 2.0)).apply("mask_threshold")
    image, labels = stack.to_napari(components.ViewerModel()).layers
    np.testing.assert_array_equal(image.data, stack.data)
    np.testing.assert_array_equal(labels.data, np.asarray(stack.masks["step_1_mask_threshold"]))
    assert image.scale.tolist() == labels.scale.tolist() == [1.0, 4.0, 2.0]

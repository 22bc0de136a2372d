"""What bundles and OME-TIFF give back, bit for bit, of every kind of stack."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from playnano.exporters import EXPORTS, BundleExport, Export
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import h5 as bundle_h5
from playnano.readers.formats.bundles import npz as bundle_npz
from playnano.readers.formats.bundles import ome_tiff as bundle_ome_tiff
from playnano.stack.chain import Link, Maker
from playnano.stack.contents import changed_layers, sealed
from playnano.stack.frames import Frame, Frames, Images, LayerImage
from playnano.stack.lazy import Selection
from playnano.stack.provenance import Provenance, Record
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

READERS: dict[str, Reader] = {
    "npz": bundle_npz.READER,
    "h5": bundle_h5.READER,
    "tif": bundle_ome_tiff.READER,
}


def heights(n: int = 5, height: int = 6, width: int = 8, dtype: Any = np.float32) -> LayerImage:
    return np.random.default_rng(3).normal(scale=4, size=(n, height, width)).astype(dtype)


def record(index: int, name: str) -> Record:
    return Record(
        index=index,
        name=name,
        step="any",
        parameters={"order": 2},
        revision=1,
        package="any",
        package_version="1",
    )


def lowered(frame: Frame) -> tuple[Frame, LayerImage]:
    image = frame.image - np.float32(1.5)
    return frame.with_image(image, level=1.5), image


def marked(frame: Frame) -> tuple[Frame, LayerImage]:
    own = frame.image > 0
    return frame.masked(own), own


def with_steps(stack: AFMImageStack) -> AFMImageStack:
    """A filter, a mask, a named filter that is step 10 by its name."""
    stack = stack.with_link(Link("step_1_lower", 0, lowered), record(1, "step_1_lower"))
    stack = stack.with_link(Link("feature_mask", 1, marked, is_mask=True), record(2, "feature_mask"))
    return stack.with_link(Link("step_10_lower", 2, lowered), record(10, "step_10_lower"))


def mask_last() -> AFMImageStack:
    stack = AFMImageStack.from_array(heights()).with_link(Link("a", 0, lowered), record(1, "a"))
    return stack.with_link(Link("m", 1, marked, is_mask=True), record(2, "m"))


def dropped_frames() -> AFMImageStack:
    stack = spool(with_steps(AFMImageStack.from_array(heights(), timestamps=[0, 1, 2, 3, 4])))
    kept = (0, 3, 4)
    metadata = [stack.frame_metadata[index] for index in kept]
    frames = Selection(stack.frames, kept)
    return stack.made_of(frames, metadata, Maker("step_11_drop", 3), record(11, "step_11_drop"))


FLOAT32 = np.dtype(np.float32)


@dataclass(frozen=True)
class Cropped:
    frames: Frames
    shape: tuple[int, int, int] = (5, 3, 4)
    dtype: Any = FLOAT32

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> Frame:
        frame = self.frames[index]
        return Frame(frame.image[1:4, 2:6], None if frame.mask is None else frame.mask[1:4, 2:6])


def cropped() -> AFMImageStack:
    stack = spool(with_steps(AFMImageStack.from_array(heights())))
    maker = Maker("step_11_crop", 3)
    return stack.made_of(Cropped(stack.frames), stack.frame_metadata, maker, record(11, "step_11_crop"))


def strange_numbers() -> AFMImageStack:
    images = heights()
    images[0, 0, :6] = [np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-42]
    return with_steps(AFMImageStack.from_array(images))


def metadata_of_all_kinds() -> AFMImageStack:
    metadata = [
        {
            "timestamp": t / 3,
            "start_epoch_ms": 1_748_439_718_548 + t,
            "scan_direction": "down é",
            "blank": t == 2,
        }
        for t in range(5)
    ]
    stack = AFMImageStack.from_array(heights(), channel="phase_<é>_\N{GREEK SMALL LETTER MU}", unit="°")
    return replace(stack, frame_metadata=tuple(metadata))


CASES: dict[str, Callable[[], AFMImageStack]] = {
    "no steps": lambda: AFMImageStack.from_array(
        heights(), pixel_size_nm=2.0, timestamps=[0, 0.5, 1, 1.5, 2]
    ),
    "steps and masks": lambda: with_steps(AFMImageStack.from_array(heights(), pixel_size_nm=(1.3, 0.7))),
    "mask last": mask_last,
    "float64": lambda: with_steps(AFMImageStack.from_array(heights(dtype=np.float64))),
    "integers": lambda: with_steps(AFMImageStack.from_array(np.arange(240, dtype=np.int16).reshape(5, 6, 8))),
    "NaN and others": strange_numbers,
    "single frame": lambda: with_steps(
        AFMImageStack.from_array(heights(1), timestamps=[0.0], pixel_size_nm=1 / 3)
    ),
    "one pixel": lambda: AFMImageStack.from_array(heights(1, 1, 1)),
    "one row": lambda: with_steps(AFMImageStack.from_array(heights(4, 1, 7))),
    "irregular times": lambda: AFMImageStack.from_array(heights(), timestamps=[0, 0.1, 1, 1.5, 7 / 3]),
    "some times unknown": lambda: AFMImageStack.from_array(heights(), timestamps=[0, np.nan, 1, 2, np.nan]),
    "mask from the start": lambda: AFMImageStack.from_array(heights(), mask=heights() > 1),
    "dropped frames": dropped_frames,
    "cropped": cropped,
    "frames chosen": lambda: spool(with_steps(AFMImageStack.from_array(heights()))).select([3, 1]),
    "metadata": metadata_of_all_kinds,
}


def same_bits(left: Images, right: Images) -> bool:
    """Equal as files hold them: bool, or float32 bit for bit."""
    a, b = (np.asarray(images) for images in (left, right))
    a, b = (array if array.dtype == bool else array.astype("<f4") for array in (a, b))
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def masks_in_force(stack: AFMImageStack) -> list[bytes | None]:
    masks = [stack.frames[index].mask for index in range(len(stack))]
    if all(mask is None for mask in masks):
        return [None] * len(masks)
    return [np.zeros(stack.shape[1:], bool).tobytes() if mask is None else mask.tobytes() for mask in masks]


def known(stack: AFMImageStack, metadata: Any) -> Any:
    """Metadata as a file holds it: what is not a number is not known."""
    return metadata and tuple({k: None if v != v else v for k, v in frame.items()} for frame in metadata)


def assert_same(written: AFMImageStack, read: AFMImageStack, *, layers: bool) -> None:
    assert (read.channel, read.unit) == (written.channel, written.unit)
    assert (read.pixel_size_nm, read.pixel_size_y_nm) == (written.pixel_size_nm, written.pixel_size_y_nm)
    assert read.frame_metadata == known(written, written.frame_metadata)
    assert read.raw_frame_metadata == known(written, written.raw_frame_metadata)
    assert np.array_equal(read.timestamps, written.timestamps, equal_nan=True)
    assert read.provenance == Provenance.from_document(
        sealed(written, {**read.processed, **read.masks}.__contains__)
    )
    assert [warning for warning in read.warnings if "a mask was in force" not in warning] == []
    assert list(changed_layers(read, read.provenance)) == []
    assert read.dtype == np.float32
    assert same_bits(read.data, written.data)
    if layers:
        assert masks_in_force(read) == masks_in_force(written)
        assert list(read.processed) == list(written.processed)
        assert list(read.masks) == list(written.masks)
        assert all(same_bits(read.processed[name], written.processed[name]) for name in read.processed)
        assert all(same_bits(read.masks[name], written.masks[name]) for name in read.masks)


def written(export: Export, stack: AFMImageStack, path: Path, threads: int = 1) -> Path:
    export.check(stack)
    export.write(stack, path, threads)
    return path


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format", READERS)
def test_what_is_written_is_read_back(format: str, case: str, tmp_path: Path) -> None:
    stack = spool(CASES[case](), Scratch(tmp_path))
    path = written(EXPORTS[format](), stack, tmp_path / "file")
    assert READERS[format].recognise(path)
    assert READERS[format].channels(path) == (stack.channel,)
    read = READERS[format].open(path, ReadOptions(channel=stack.channel))
    assert_same(stack, read, layers=format != "tif")


@pytest.mark.parametrize("case", ["steps and masks", "dropped frames", "mask from the start", "no steps"])
@pytest.mark.parametrize("format", READERS)
def test_bytes_depend_on_nothing_but_content(format: str, case: str, tmp_path: Path) -> None:
    stack = CASES[case]()
    lazy = written(EXPORTS[format](), stack, tmp_path / "lazy", threads=1)
    stored = written(EXPORTS[format](), spool(stack, Scratch(tmp_path)), tmp_path / "stored", threads=3)
    assert lazy.read_bytes() == stored.read_bytes()


@pytest.mark.parametrize("case", ["steps and masks", "dropped frames"])
@pytest.mark.parametrize("format", READERS)
def test_a_stack_read_back_can_be_written_again(format: str, case: str, tmp_path: Path) -> None:
    stack = spool(CASES[case](), Scratch(tmp_path))
    first = written(EXPORTS[format](), stack, tmp_path / "first")
    second = written(EXPORTS[format](), READERS[format].open(first, ReadOptions()), tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("case", ["steps and masks", "dropped frames", "no steps", "cropped"])
@pytest.mark.parametrize("format", READERS)
def test_raw_is_the_movie_as_it_was_read(format: str, case: str, tmp_path: Path) -> None:
    stack = spool(CASES[case](), Scratch(tmp_path))
    read = READERS[format].open(written(EXPORTS[format](raw=True), stack, tmp_path / "file"), ReadOptions())
    assert_same(stack.raw(), read, layers=False)
    assert same_bits(read.data, stack.processed.get("raw", stack.data))
    assert not read.provenance.all_steps()
    assert read.provenance.input == stack.provenance.input
    assert not read.processed
    assert not read.masks
    assert len(read) == len(read.frame_metadata) == 5


BUNDLES = [name for name in EXPORTS.builtins if issubclass(EXPORTS[name], BundleExport)]


@pytest.mark.parametrize("layers", ["none", ("raw",), ("step_10_lower", "feature_mask")])
@pytest.mark.parametrize("format", BUNDLES)
def test_only_the_layers_asked_for_are_written(format: str, layers: Any, tmp_path: Path) -> None:
    stack = spool(with_steps(AFMImageStack.from_array(heights())), Scratch(tmp_path))
    read = READERS[format].open(
        written(EXPORTS[format](layers=layers), stack, tmp_path / "file"), ReadOptions()
    )
    wanted = () if layers == "none" else layers
    assert [*read.processed, *read.masks] == list(wanted)
    assert same_bits(read.data, stack.data)
    assert masks_in_force(read) == masks_in_force(stack)
    assert all(same_bits(read.processed[name], stack.processed[name]) for name in read.processed)


@settings(max_examples=12, deadline=None)
@given(
    images=hnp.arrays(np.uint32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9)).map(
        lambda a: a.view(np.float32)
    ),
    pixel_size=st.none() | st.floats(1e-3, 1e6),
    times=st.lists(st.floats(-1e12, 1e12), min_size=9, max_size=9),
)
def test_every_bit_of_every_float_survives(
    images: LayerImage, pixel_size: float | None, times: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    stack = AFMImageStack.from_array(images, pixel_size_nm=pixel_size, timestamps=times[: len(images)])
    for name, reader in READERS.items():
        path = tmp_path_factory.mktemp(name) / "file"
        assert_same(stack, reader.open(written(EXPORTS[name](), stack, path), ReadOptions()), layers=True)

"""What every export keeps to."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.errors import ExportError
from playnano.exporters import Export
from playnano.exporters.base import FACTS
from playnano.readers import load
from playnano.stack.frames import Frame
from playnano.stack.lazy import FrameImages, LazyFrames
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.testing.descriptions import undescribed
from playnano.testing.examples import example_movie


def _equal(one: Any, other: Any) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(np.asarray(one[name]), np.asarray(other[name]), equal_nan=one is not other)
        for name in one
    )


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= 1e-6 * abs(one)


COMES_BACK: dict[str, Callable[[AFMImageStack, AFMImageStack], bool]] = {
    "heights": lambda a, b: np.array_equal(a.data, b.data, equal_nan=True),
    "pixel size": lambda a, b: (
        _near(a.pixel_size_nm, b.pixel_size_nm) and _near(a.pixel_size_y_nm, b.pixel_size_y_nm)
    ),
    "times": lambda a, b: bool(np.allclose(a.timestamps, b.timestamps, atol=1e-9)),
    "frame metadata": lambda a, b: a.frame_metadata == b.frame_metadata,
    "channel": lambda a, b: a.channel == b.channel,
    "unit": lambda a, b: a.unit == b.unit,
    "layers": lambda a, b: bool(b.processed) and _equal(a.processed, b.processed),
    "masks": lambda a, b: bool(b.masks) and _equal(a.masks, b.masks),
    "tables": lambda a, b: (
        bool(b.tables)
        and list(a.tables) == list(b.tables)
        and all(a.tables[name].columns == b.tables[name].columns for name in a.tables)
        and all(a.tables[name].sha256() == b.tables[name].sha256() for name in a.tables)
    ),
    "measured images": lambda a, b: (
        bool(b.images)
        and list(a.images) == list(b.images)
        and all(a.images[name].sha256() == b.images[name].sha256() for name in a.images)
    ),
    "provenance": lambda a, b: (
        [record.sha256 for record in b.provenance.all_steps()]
        == [record.sha256 for record in a.provenance.all_steps()]
    ),
}
"""Whether a fact of a stack is the same in the stack that was read back."""


class ExportTests:
    """Contract of an export. Override the fixture `export`."""

    @pytest.fixture
    def export(self) -> Export:
        """The export to be tested."""
        raise NotImplementedError("override the fixture `export`")

    @pytest.fixture
    def processed(self) -> AFMImageStack:
        """A computed movie with layers, a mask, times and pixel sizes."""
        return _processed()

    def test_bytes_do_not_depend_on_threads(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        one, three = (_written(export, processed, tmp_path / str(n), threads=n) for n in (1, 3))
        assert one == three
        assert one

    def test_nothing_is_written_beside_it(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        _written(export, processed, tmp_path / "only")
        assert [path.name for path in (tmp_path / "only").iterdir()] == [export.file_name("movie", True)]

    def test_raw_is_the_movie_as_it_was_read(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        raw = export.model_copy(update={"raw": True})
        from_raw = _written(raw, processed.raw(), tmp_path / "raw")
        assert _written(raw, processed, tmp_path / "processed") == from_raw
        assert _written(export, processed, tmp_path / "as it is") != from_raw

    def test_the_check_computes_no_frame(self, export: Export, processed: AFMImageStack) -> None:
        frames = _NotYet(processed.shape)
        layers = dict.fromkeys(processed.processed, FrameImages(frames))
        export.check(replace(processed, frames=frames, processed=layers))

    def test_it_replaces_its_own_and_nothing_else(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        _written(export, processed, tmp_path)
        path = tmp_path / export.file_name("movie", True)
        assert export.may_replace(path)
        if path.is_dir():
            (path / "notes.txt").write_text("mine", encoding="utf-8")
        other = tmp_path / "folder"
        other.mkdir()
        (other / "notes.txt").write_text("mine", encoding="utf-8")
        assert not export.may_replace(other)

    def test_settings_survive_json_and_pickling(self, export: Export) -> None:
        named = export.model_copy(update={"name": "run_0.5nm", "raw": True})
        assert type(export).model_validate_json(named.model_dump_json()) == named
        assert pickle.loads(pickle.dumps(named)) == named

    def test_it_is_described(self, export: Export) -> None:
        assert (type(export).__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
        assert undescribed(export, "format") == []

    def test_file_names(self, export: Export) -> None:
        raw = export.model_copy(update={"raw": True})
        assert export.file_name("run_0.5nm", True).startswith("run_0.5nm_filtered")
        assert raw.file_name("run_0.5nm", True).startswith("run_0.5nm_raw")
        assert export.file_name("run_0.5nm", False) == f"run_0.5nm{export.extension}"


class TableExportTests(ExportTests):
    """Contract of an export of tables. Override the fixture `export`."""

    def test_raw_is_the_movie_as_it_was_read(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        """There is none: a movie that is as it was read has no tables."""
        with pytest.raises(ExportError, match="leave `raw` out"):
            export.model_copy(update={"raw": True}).check(processed)

    def test_a_movie_without_tables_is_refused(self, export: Export, processed: AFMImageStack) -> None:
        with pytest.raises(ExportError, match="there is no table to write"):
            export.check(replace(processed, tables={}, images={}))

    def test_a_table_without_rows_is_written_too(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        nothing = {name: table.select(np.arange(0)) for name, table in processed.tables.items()}
        assert _written(export, replace(processed, tables=nothing), tmp_path / "empty")


class ReadableExportTests(ExportTests):
    """Contract of an export whose files `playnano.load` reads. Override the fixture `export`."""

    def test_what_it_preserves_comes_back_and_nothing_else(
        self, export: Export, processed: AFMImageStack, tmp_path: Path
    ) -> None:
        _written(export, processed, tmp_path)
        read = load(tmp_path / export.file_name("movie", True))
        back = tuple(fact for fact in FACTS if COMES_BACK[fact](processed, read))
        assert back == export.preserves


@cache
def _processed() -> AFMImageStack:
    stack = example_movie(masked=False).apply("remove_plane")
    stack = spool(stack.apply("mask_threshold", threshold=2.0, name="feature_mask"))
    return stack.measure("features").measure("temporal_maps")


class _NotYet(LazyFrames):
    """Frames that no one may compute."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, index: int, /) -> Frame:
        raise AssertionError(f"frame {index} was computed")


def _written(export: Export, stack: AFMImageStack, folder: Path, threads: int = 1) -> dict[str, Any]:
    """Name and bytes of every file written, and the notes and sidecars."""
    folder.mkdir(exist_ok=True)
    notes = export.write(stack, folder / export.file_name("movie", True), threads)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sidecars = {ending: text for ending, text in notes.sidecars.items() if text}
    content = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return content | {"notes": notes.notes, "sidecars": sidecars}

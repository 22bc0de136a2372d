"""A stack in several files: all of them or none, what they say of one another, and what a fault leaves."""

import errno
import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest

import playnano
from playnano.errors import ExportError
from playnano.exporters import EXPORTS
from playnano.exporters.base import Export, ExportNotes
from playnano.runner.writing import PlannedFile, check_existing, recipe_of, write_exports
from playnano.stack.provenance import Provenance, Source
from playnano.stack.stack import AFMImageStack


class Note(Export):
    """A text with a file beside it, and what it has to say of it."""

    extension: ClassVar[str] = ".txt"
    format: Literal["note"] = "note"
    text: str = "text"
    sidecar: str = "beside"
    fails: bool = False

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        path.write_text(f"{self.text} {stack[0].mean():.1f}", encoding="utf-8")
        if self.fails:
            raise ExportError("the text is too long", settings=("text",))
        return ExportNotes(("the same for all",), {".json": self.sidecar} if self.sidecar else {})

    def sidecars(self) -> tuple[str, ...]:
        return (".json",) if self.sidecar else ()


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def planned(folder: Path, *exports: Export) -> list[PlannedFile]:
    return [PlannedFile(export, folder / f"{number}.txt") for number, export in enumerate(exports)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder"


def test_all_files_are_there_with_what_stands_beside_them(movie: AFMImageStack, folder: Path) -> None:
    outputs = write_exports(movie, planned(folder, Note(), Note(text="b", sidecar=""))).outputs
    mean = f"{movie[0].mean():.1f}"
    assert files(folder) == {"0.txt": f"text {mean}", "0.txt.json": "beside", "1.txt": f"b {mean}"}
    assert [path.name for path in outputs] == ["0.txt", "0.txt.json", "1.txt"]
    assert {path.parent for path in outputs} == {folder}


def test_a_note_is_stated_once_for_all_files_that_have_it(movie: AFMImageStack, folder: Path) -> None:
    assert write_exports(movie, planned(folder, Note(), Note())).notes == ("0.txt, 1.txt: the same for all",)


def test_nothing_planned_writes_nothing(movie: AFMImageStack, tmp_path: Path) -> None:
    done = write_exports(movie, [])
    assert (done.stack, done.outputs, done.notes) == (movie, (), ())
    assert list(tmp_path.iterdir()) == []


def test_progress_names_each_file(movie: AFMImageStack, folder: Path) -> None:
    reports: list[tuple[str, int, int]] = []
    write_exports(movie, planned(folder, Note(), Note()), report=lambda *report: reports.append(report))
    assert [r for r in reports if r[0].startswith("writing")] == [
        ("writing 0.txt", 0, 2),
        ("writing 1.txt", 1, 2),
    ]


def test_a_fault_of_one_leaves_none_and_names_export_and_setting(movie: AFMImageStack, folder: Path) -> None:
    with pytest.raises(ExportError, match=r"^note: the text is too long$") as caught:
        write_exports(movie, planned(folder, Note(), Note(fails=True)))
    assert (caught.value.position, caught.value.settings) == (1, ("text",))
    assert list(folder.iterdir()) == []


def test_a_fault_leaves_the_former_files(movie: AFMImageStack, folder: Path) -> None:
    write_exports(movie, planned(folder, Note(), Note()))
    former = files(folder)
    with pytest.raises(ExportError, match="too long"):
        write_exports(movie, planned(folder, Note(text="new"), Note(fails=True)), overwrite=True)
    assert files(folder) == former


def test_a_movie_that_changed_leaves_nothing(movie: AFMImageStack, folder: Path) -> None:
    def changed() -> None:
        raise ExportError("the movie has changed")

    with pytest.raises(ExportError, match="the movie has changed"):
        write_exports(movie, planned(folder, Note()), unchanged=changed)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["0.txt", "0.txt.json"])
def test_nothing_is_replaced_unasked(movie: AFMImageStack, folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=f"{name} exists; set `overwrite` to replace it") as caught:
        write_exports(movie, planned(folder, Note()))
    assert (caught.value.position, caught.value.settings) == (0, ("overwrite",))
    assert files(folder) == {name: "mine"}
    write_exports(movie, planned(folder, Note()), overwrite=True)
    assert files(folder)[name] != "mine"


def test_a_file_that_another_process_wrote_meanwhile_is_not_replaced(
    movie: AFMImageStack, folder: Path
) -> None:
    def other_process() -> None:
        (folder / "0.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(ExportError, match=r"0\.txt exists; set `overwrite`"):
        write_exports(movie, planned(folder, Note()), unchanged=other_process)
    assert files(folder) == {"0.txt": "mine"}


def _folder_of_mine(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "notes.txt").write_text("mine", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0.txt", r"0\.txt is a folder that this export does not replace; choose another name"),
        ("0.txt.json", r"0\.txt\.json is a folder, and a file is to be written there"),
    ],
)
def test_a_folder_is_never_replaced_by_a_file(folder: Path, name: str, message: str) -> None:
    _folder_of_mine(folder, name)
    with pytest.raises(ExportError, match=message) as caught:
        check_existing(planned(folder, Note()), overwrite=True)
    assert caught.value.position == 0
    assert (folder / name / "notes.txt").exists()


def test_a_place_that_cannot_be_a_folder_is_an_error_of_one_line(
    movie: AFMImageStack, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"^cannot write .*file") as caught:
        write_exports(movie, planned(tmp_path / "file" / "below", Note()))
    assert "\n" not in str(caught.value)


# what the files say


def test_the_provenance_is_complete_in_the_file(movie: AFMImageStack, tmp_path: Path) -> None:
    files = [PlannedFile(EXPORTS[name](), tmp_path / f"a.{name}") for name in ("npz", "h5")]
    stack = movie.apply("remove_plane")
    write_exports(stack, files)
    assert stack.provenance.run is None
    for item in files:
        made = playnano.load(item.path).provenance.history[-1]
        assert made.run is not None
        assert made.run.outputs == ("a.npz", "a.h5")
        assert made.run.finished
        assert made.software["playnano"]
        assert all(step.sha256 for step in made.steps)


def test_a_recipe_is_noted_only_of_a_movie_that_was_read(movie: AFMImageStack, tmp_path: Path) -> None:
    (first, second) = (PlannedFile(EXPORTS["npz"](), tmp_path / name) for name in ("a.npz", "b.npz"))
    write_exports(movie.apply("remove_plane"), [first])
    assert playnano.load(first.path).provenance.history[-1].recipe is None
    write_exports(playnano.load(first.path).apply("zero_mean"), [second])
    made = playnano.load(second.path).provenance.history[-1]
    assert made.recipe is not None
    assert [step["step"] for step in made.recipe["steps"]] == ["zero_mean"]


@pytest.fixture
def levelled(movie: AFMImageStack) -> Provenance:
    source = Source(name="a.asd", channel="TP", reader="asd", overrides={"pixel_size_nm": 2.0})
    read = replace(movie, provenance=Provenance(input=source))
    stack = read.apply("gaussian_filter", sigma=2).apply("mask_threshold", threshold=1.0, name="high")
    return stack.provenance


def test_the_recipe_of_a_stack_gives_the_same_again(levelled: Provenance, movie: AFMImageStack) -> None:
    recipe = recipe_of(levelled, [EXPORTS["npz"](raw=True)])
    assert recipe is not None
    assert recipe["input"] == {"path": "a.asd", "channel": "TP", "reader": "asd", "pixel_size_nm": 2.0}
    assert [step.get("name") for step in recipe["steps"]] == [None, "high"]
    assert recipe["exports"] == [{"format": "npz", "raw": True, "layers": "all"}]
    read = playnano.read_recipe(json.dumps(recipe))
    again = read.steps[1].apply(read.steps[0].apply(movie))
    np.testing.assert_array_equal(again.data, movie.apply("gaussian_filter", sigma=2).data)
    assert list(again.masks) == ["high"]


@pytest.mark.parametrize(
    "change", [lambda p: p.model_copy(update={"input": None}), lambda p: Provenance()], ids=["input", "all"]
)
def test_a_stack_from_an_array_has_no_recipe(
    change: Callable[[Provenance], Provenance], levelled: Provenance
) -> None:
    assert recipe_of(change(levelled), []) is None


def test_a_write_that_fails_while_the_next_file_is_made_is_told(
    movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system reports it once: to whoever flushes first."""
    flush, reported = os.fsync, set[int]()

    def failing_once(number: int) -> None:
        state = os.fstat(number)
        if stat.S_ISREG(state.st_mode) and state.st_size and state.st_ino not in reported:
            reported.add(state.st_ino)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(number)

    monkeypatch.setattr(os, "fsync", failing_once)
    with pytest.raises(ExportError, match="Input/output error"):
        write_exports(movie, planned(tmp_path, Note(sidecar="")))
    assert files(tmp_path) == {}

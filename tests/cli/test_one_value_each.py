"""Flags of which one value would be lost, words of another flag, placeholders where there are none."""

import errno
import io
import os
from pathlib import Path

import pytest

from playnano.stack.scratch import ScratchWriter

LINE = ("process", "movie.asd", "--processing", "remove_plane", "--export", "npz")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "more",
    [
        ("--processing", "zero_mean"),
        ("--processing=zero_mean",),
        ("--output-folder", "a", "--output-folder", "b"),
        ("-t", "1", "--threads", "2"),
        ("--frames", "0:2", "--frames=0:3"),
        ("--set", "steps.1.step=zero_mean", "--set", "steps.1.step=remove_plane"),
        ("--output-folder", "a", "--set", "output.folder=b"),
    ],
)
def test_a_flag_of_which_one_value_would_be_lost(folder: Path, playnano, more: tuple[str, ...]) -> None:
    done = playnano(*LINE, *more)
    assert done.exit_code == 2
    assert "of its values would be lost" in words(done.stderr) or "it is set twice" in words(done.stderr)
    assert not Path("output").exists()


def test_flags_that_add_up(folder: Path, playnano) -> None:
    done = playnano(*LINE, "--export", "gif", "--set", "output.name=b", "--set", "output.folder=c", "--quiet")
    assert (done.exit_code, done.stderr) == (0, "")
    assert {path.suffix for path in Path("c").iterdir()} >= {".npz", ".gif"}


def test_a_flag_behind_formats(folder: Path, playnano) -> None:
    assert playnano(*LINE, "--report").exit_code == 0
    assert [path.name for path in Path("output").glob("*.html")] == ["movie_filtered_report.html"]


def test_a_format_that_another_flag_takes(folder: Path, playnano) -> None:
    done = playnano("process", "movie.asd", "--make-video", "gif")
    assert done.exit_code == 2
    assert "--make-video gif: it takes " in done.stderr
    assert "--export gif writes that format" in words(done.stderr)
    assert not Path("output").exists()


def test_placeholders_where_they_stand_for_nothing(folder: Path, playnano) -> None:
    done = playnano(*LINE, "--output-folder", "{channel}")
    assert done.exit_code == 1
    assert "'{channel}' stands for nothing in a folder: use it in `name`" in words(done.stderr)
    done = playnano("convert", "movie.asd", "{channel}.npz")
    assert done.exit_code == 2
    assert "'{channel}' stands for nothing in OUTPUT: write the name itself" in words(done.stderr)
    Path("movie.asd").rename("{channel}.asd")
    assert playnano("convert", "{channel}.asd", "{channel}.npz").exit_code == 0


def test_a_disk_that_is_full_names_the_folder(
    folder: Path, playnano, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def close(self) -> None:  # what waits in memory is written then
            if self.getvalue():
                self.truncate(0)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().close()

    monkeypatch.setattr(ScratchWriter, "open", lambda scratch: ScratchWriter(scratch, scratch.path(), Full()))
    done = playnano(*LINE)
    assert done.exit_code == 1
    assert "cannot write scratch files in output: No space left on device; make room there" in words(
        done.stderr
    )

"""Messages of the library name settings; the command line adds those of its flags that mend the matter."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import playnano as package
from playnano import load
from playnano.errors import ExportError, PlaynanoError, StepError, settings_of
from playnano.exporters import EXPORTS
from playnano.readers import ReadOptions
from playnano.readers.parsing.units import scale_and_unit
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack import AFMImageStack, Frame
from playnano.steps import FrameStep

PACKAGE = Path(package.__file__).parent
FLAG = re.compile(r"(?:^|[ (`'\"])--[a-z]")
WITHOUT_SIZE = AFMImageStack.from_array(np.eye(24, dtype=np.float32)[None].repeat(2, 0))
GIF = "version: 1\nexports:\n  - format: gif\n"


def literals(tree: ast.Module) -> Iterator[str]:
    """Texts of a module that are not docstrings."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and _is_text(node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("room", sorted(path.name for path in PACKAGE.iterdir() if path.name != "cli"))
def test_only_the_command_line_names_flags(room: str) -> None:
    place = PACKAGE / room
    for file in [place] if place.suffix == ".py" else place.rglob("*.py"):
        texts = literals(ast.parse(file.read_text(encoding="utf-8")))
        assert [text for text in texts if FLAG.search(text)] == [], file


def test_the_search_finds_flags_in_literals_alone() -> None:
    tree = ast.parse('"""Run with --plan."""\nx = f"give --unit {1}"\n')
    assert [text for text in literals(tree) if FLAG.search(text)] == ["give --unit "]


def test_a_message_names_the_setting_and_carries_it(folder: Path) -> None:
    EXPORTS["npz"]().write(WITHOUT_SIZE, folder / "bare.npz")
    with pytest.raises(ExportError) as caught:
        run_movie(read_recipe(GIF), "bare.npz")
    assert caught.value.position == 0
    assert caught.value.settings == ("pixel_size_nm", "frame_interval_s", "scale_bar", "timestamp")
    assert all(f"`{setting}" in str(caught.value) for setting in caught.value.settings)


def test_a_unit_that_is_missing_names_all_that_is(folder: Path) -> None:
    import tifffile

    tifffile.imwrite(folder / "plain.tif", np.zeros((3, 8, 8), np.uint16), photometric="minisblack")
    with pytest.raises(PlaynanoError, match="set `unit` of the input") as caught:
        load("plain.tif")
    assert caught.value.settings == ("unit", "pixel_size_nm", "frame_interval_s")


class Unitless(FrameStep):
    """A step that asks for a unit."""

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(frame.image * scale_and_unit(None, ReadOptions())[0])


def test_an_error_keeps_its_settings_where_it_is_raised_again() -> None:
    with pytest.raises(StepError, match="failed on frame 0: the file does not state a unit") as caught:
        Unitless(step="unitless").apply(WITHOUT_SIZE).data.sum()
    assert (caught.value.position, caught.value.settings) == (0, ("unit",))


def test_errors_of_others_name_no_setting() -> None:
    assert settings_of(ValueError("x")) == ()


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        (
            "process bare.npz --make-gif",
            "--pixel-size-nm, --frame-interval-s, --no-scale-bar, --no-timestamp",
        ),
        ("convert bare.npz bare.gif", "--pixel-size-nm, --frame-interval-s"),
        ("convert movie.asd bare.npz", "--overwrite"),
        ("sample bare.npz", "--overwrite"),
    ],
)
def test_a_command_names_the_flags_that_it_has(playnano, folder: Path, line: str, flags: str) -> None:
    EXPORTS["npz"]().write(WITHOUT_SIZE, folder / "bare.npz")
    result = playnano(*line.split())
    assert result.exit_code == 1
    assert result.stderr.endswith(f" ({flags})\n")
    assert result.stderr.count("\n") == 1


def test_a_command_without_the_flag_names_none(playnano, folder: Path) -> None:
    EXPORTS["npz"]().write(WITHOUT_SIZE, folder / "bare.npz")
    (folder / "gif.yaml").write_text(GIF, encoding="utf-8")
    result = playnano("run", "gif.yaml", "bare.npz")
    assert result.exit_code == 1
    assert "`pixel_size_nm` and `frame_interval_s` of the input" in result.stderr
    assert "--" not in result.stderr


def test_each_movie_of_a_batch_names_the_flag(playnano, folder: Path) -> None:
    (folder / "other.asd").write_bytes((folder / "movie.asd").read_bytes())
    line = ("process", "movie.asd", "other.asd", "--export", "npz")
    assert playnano(*line).exit_code == 0
    shutil.rmtree("output/.playnano")  # files of whom it does not know
    errors = [text for text in playnano(*line).stderr.splitlines() if "exists" in text]
    assert len(errors) == 2
    assert all(text.endswith("(--overwrite)") for text in errors)

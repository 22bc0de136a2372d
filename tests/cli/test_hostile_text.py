"""Nothing that a file says reaches the terminal or a path as it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from typer.testing import Result

from playnano import load
from playnano.errors import ExportError, ReadError
from playnano.exporters import EXPORTS
from playnano.exporters.naming import name_part
from playnano.recipe.recipe import Output
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Table

Run = Callable[..., Result]

HOSTILE = "h\x1b[2J\x1b]0;x\x07\x9b31m\u202e\ni"


def is_clean(text: str) -> bool:
    return all(c.isprintable() or c == "\n" for c in text)


@pytest.fixture
def hostile(folder: Path) -> Path:
    """A bundle whose channel, unit, layers and frame metadata hold escape sequences, as does its name."""
    images = np.random.default_rng(1).normal(size=(3, 16, 16)).astype(np.float32)
    stack = AFMImageStack.from_array(images, channel=HOSTILE, unit=HOSTILE, pixel_size_nm=2.0)
    frames = tuple({**frame, HOSTILE: HOSTILE} for frame in stack.frame_metadata)
    stack = replace(stack, frame_metadata=frames, warnings=(HOSTILE,))
    path = folder / "a\x1b[2J\x9b\u202e.npz"
    EXPORTS["npz"]().write(stack, path)
    return path


@pytest.mark.parametrize(
    "command",
    [
        "info FILE",
        "info --json FILE",
        "info --stats FILE",
        "process FILE --export gsf npz h5 tif",
        "process FILE --processing remove_plane --export npz --plan",
        "process FILE --make-gif",
        "process FILE --export npz --channel \x1b[31mx",
        "process FILE --processing \x1b[31mx --export npz",
        "process FILE --export \x1b[31mx",
        "process FILE --print-recipe --unit \x1b[31m\u202ex",
        "process FILE FILE --export npz",
        "process --\x1b[31mx FILE",
        "\x1b[31mx",
        "run FILE FILE",
        "run recipe.yaml FILE --set \x1b[31m=1",
        "check FILE",
        "verify FILE",
        "recipe FILE",
        "convert FILE \x1b[31mx.gsf --to gsf",
        "sample \x1b[31mx.npz --frames 2 --size 16",
        "steps \x1b[31mx",
        "schema \x1b[31mx",
    ],
)
def test_no_escape_sequence_is_printed(playnano: Run, hostile: Path, command: str) -> None:
    result = playnano(*(word.replace("FILE", str(hostile)) for word in command.split(" ")))
    assert is_clean(result.output), repr(result.output)
    assert "Traceback" not in result.output, result.output


def test_no_escape_sequence_of_a_recipe_is_printed(playnano: Run, folder: Path) -> None:
    (folder / "a.yaml").write_text('version: 1\nsteps: [{step: "\\e[31mx"}]\n"\\e[0m": 1\n', encoding="utf-8")
    result = playnano("check", "a.yaml")
    assert result.exit_code == 1
    assert is_clean(result.output)
    assert "\\x1b[31mx" in result.output


def test_the_recipe_in_a_bundle_is_printed_as_it_is_and_clean(playnano: Run, hostile: Path) -> None:
    assert playnano("process", str(hostile), "--processing", "remove_plane", "--export", "npz").exit_code == 0
    (bundle,) = Path("output").glob("*.npz")
    printed = playnano("recipe", str(bundle)).output
    assert is_clean(printed)
    from playnano.recipe.reading import read_recipe
    from playnano.runner.verify import recipe_in

    assert read_recipe(printed).full() == recipe_in(bundle).full()


@pytest.mark.parametrize(
    ("channel", "part"),
    [
        ("../../../etc/x", "___.._.._etc_x"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\Windows", "C__Windows"),
        ("..", "__"),
        (".", "_"),
        ("", ""),
        (" a. ", "_a__"),
        ("a\x1b[2Jb\0c", "a_[2Jb_c"),
        ("Height Trace", "Height Trace"),
        ("高さ", "高さ"),
    ],
)
def test_a_channel_is_one_part_of_a_name(channel: str, part: str) -> None:
    made = name_part(channel)
    assert len(made) == len(channel)
    assert made == part
    assert not set(made) & set("/\\:\0")
    stem = Output(name="x{channel}").stem(Path("movie.asd"), channel)
    assert Path(stem).name == stem


@pytest.mark.parametrize("channel", ["../../../x", "/tmp/x", "..\\x", ".."])
def test_a_channel_names_no_other_folder(playnano: Run, folder: Path, channel: str) -> None:
    images = np.zeros((2, 8, 8), np.float32)
    EXPORTS["npz"]().write(AFMImageStack.from_array(images, channel=channel), folder / "in.npz")
    result = playnano("process", "in.npz", "--export", "npz", "--output-name", "{channel}")
    assert result.exit_code == 0, result.output
    assert len(list((folder / "output").iterdir())) == 1


@pytest.mark.parametrize("format", ["npz", "h5", "ome-zarr"])
@pytest.mark.parametrize(
    "name", ["a/b", "../b", "/b", "a\\b", ".", "..", "", "a\x1b[0m", "a\nb", "a__b", "höhe 1"]
)
def test_layer_names_come_back_or_are_refused(tmp_path: Path, format: str, name: str) -> None:
    if format == "ome-zarr":
        pytest.importorskip("zarr")
    stack = AFMImageStack.from_array(np.ones((2, 8, 8), np.float32))
    mask = AFMImageStack.from_array(np.ones((2, 8, 8), np.float32)).apply("mask_threshold").masks
    stack = replace(stack, masks={name: next(iter(mask.values()))})
    path = tmp_path / f"out{EXPORTS[format].extension}"
    planned = [PlannedFile(EXPORTS[format](), path)]
    if name in ("a__b", "höhe 1"):
        write_exports(stack, planned)
        assert list(load(path).masks) == [name]
        return
    with pytest.raises(ExportError, match="cannot be stored"):
        write_exports(stack, planned)
    assert list(tmp_path.iterdir()) == []


TABLE = Table.of([Column("n", "", "a count", "integer")], {"n": np.arange(3)})


def with_table(name: str, column: str = "n") -> AFMImageStack:
    table = replace(TABLE, columns=(replace(TABLE.columns[0], name=column),), values={column: np.arange(3)})
    return replace(AFMImageStack.from_array(np.ones((2, 8, 8), np.float32)), tables={name: table})


@pytest.mark.parametrize("format", ["csv", "plots", "npz", "h5"])
@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "..", "a\\b", "a\x1b[2J", "a\nb", ""])
def test_a_table_names_no_other_folder(tmp_path: Path, format: str, name: str) -> None:
    planned = [PlannedFile(EXPORTS[format](), tmp_path / "deep" / "deeper" / "out")]
    with pytest.raises(ExportError, match="cannot be stored"):
        write_exports(with_table(name), planned)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("old", ["peaks", "count"])
@pytest.mark.parametrize("new", ["../..", "/tmp/x", "=cmd|", "a\x1b[2J", "a,b", '"', "1\n2", ".."])
def test_names_in_a_bundle_are_those_that_measures_have(tmp_path: Path, old: str, new: str) -> None:
    EXPORTS["npz"]().write(with_table("peaks", "count"), tmp_path / "good.npz")
    assert list(load(tmp_path / "good.npz").tables) == ["peaks"]
    with ZipFile(tmp_path / "good.npz") as good, ZipFile(tmp_path / "bad.npz", "w") as bad:
        for name in good.namelist():
            bad.writestr(name.replace(old, new), good.read(name))
    with pytest.raises(ReadError, match="is not the name of a table") as raised:
        load(tmp_path / "bad.npz")
    assert "\x1b" not in str(raised.value)
    assert "\n" not in str(raised.value)

"""`playnano recipe`: the recipes that come with playnano, and those inside results."""

import pickle
from pathlib import Path

import commands
import numpy as np
import pytest

import playnano as library

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))


def test_all_recipes_are_listed_with_what_they_are_for(playnano) -> None:
    lines = playnano("recipe", "--list").stdout.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == [path.stem for path in RECIPES]
    assert "level a movie in seconds" in playnano("recipe", "--list").stdout


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_printed_as_the_folder_has_it(playnano, folder: Path, path: Path) -> None:
    text = playnano("recipe", path.stem).stdout
    assert text == path.read_text(encoding="utf-8").split("\n", 1)[1].removeprefix("#\n")
    (folder / "my.yaml").write_text(text, encoding="utf-8")
    assert playnano("check", "my.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (("publicaton",), 1, "did you mean 'publication'?"),
        (("gone.h5",), 1, "gone.h5: there is no such file; 'playnano recipe --list'"),
        ((), 2, "name a result, or a recipe"),
    ],
)
def test_bad_input(playnano, argv: tuple[str, ...], code: int, told: str) -> None:
    result = playnano("recipe", *argv)
    assert result.exit_code == code
    assert told in result.stderr


def test_a_printed_recipe_names_formats_and_steps_first(playnano) -> None:
    playnano("run", "recipe.yaml", "movie.asd")
    text = playnano("recipe", "output/movie_filtered.h5").stdout
    assert "- format: npz\n  raw: false" in text
    assert "- step: remove_plane" in text


def test_a_name_that_begins_with_a_minus(playnano, folder: Path) -> None:
    (folder / "movie.asd").rename(folder / "-1.asd")
    result = playnano("run", "recipe.yaml", "-1.asd")
    assert result.exit_code == 2
    assert "-1.asd: a name that begins with '-' is taken for a flag: put -- before it" in result.stderr
    assert playnano("run", "recipe.yaml", "--", "-1.asd").exit_code == 0
    assert playnano("process", "--make-gif", "--zmin", "-1.5", "--", "-1.asd").exit_code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("argv", [("formats",), ("recipe", "archive"), ("run", "recipe.yaml", "movie.asd")])
def test_a_full_disk_behind_standard_output(folder: Path, argv: tuple[str, ...]) -> None:
    full = 'import os; os.dup2(os.open("/dev/full", os.O_WRONLY), 1)'
    child = commands.begun(*argv, cwd=folder, before=full)
    assert child.communicate() == ("", "error: cannot print: No space left on device\n")
    assert child.returncode == 1


def test_stacks_of_bundles_can_be_pickled(playnano) -> None:
    playnano("run", "recipe.yaml", "movie.asd")
    stack = library.load("output/movie_filtered.npz")
    first = stack[0]
    again = pickle.loads(pickle.dumps(stack))
    np.testing.assert_array_equal(again[0], first)
    assert list(again.processed) == list(stack.processed)


def test_frames_keep_their_numbers(playnano) -> None:
    line = ["process", "movie.asd", "--processing", "drop_frames:indices_to_drop=[1]", "--export", "h5"]
    assert playnano(*line, "--frames", "1:4").exit_code == 0
    stack = library.load("output/movie_filtered.h5")
    assert [frame["original_frame"] for frame in stack.frame_metadata] == [1, 3]
    assert stack.raw_frame_metadata is not None
    assert [frame["original_frame"] for frame in stack.raw_frame_metadata] == [1, 2, 3]

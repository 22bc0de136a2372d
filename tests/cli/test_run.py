"""`playnano run`: inputs, flags, several movies, errors with their lines."""

from pathlib import Path

import pytest

from playnano import load


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".playnano")


def test_files_are_named_after_the_movie(playnano, folder: Path) -> None:
    result = playnano("run", "recipe.yaml", "movie.asd")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("movie.asd: 4 frames of 24 x 32 pixels, TP in nm, in ")
    assert [line.split()[0] for line in lines[1:]] == [
        str(Path("output", name)) for name in ("movie_filtered.npz", "movie_filtered.h5")
    ]
    assert names(folder / "output") == ["movie_filtered.h5", "movie_filtered.npz"]


def test_the_command_line_is_in_the_provenance(playnano, folder: Path) -> None:
    playnano("run", "recipe.yaml", "movie.asd", "--quiet")
    run = load(folder / "output/movie_filtered.npz").provenance.history[-1].run
    assert run is not None
    assert run.command == ("playnano", "run", "recipe.yaml", "movie.asd", "--quiet")


def test_the_recipes_own_input_is_beside_the_recipe(playnano, folder: Path) -> None:
    (folder / "sub").mkdir()
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    (folder / "sub/own.yaml").write_text(text + "input: {path: ../movie.asd}\n", encoding="utf-8")
    assert playnano("run", "sub/own.yaml").exit_code == 0
    assert (folder / "output/movie_filtered.npz").exists()


def test_a_recipe_from_standard_input(playnano, folder: Path) -> None:
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    assert playnano("run", "-", "movie.asd", input=text).exit_code == 0
    result = playnano("run", "-", "movie.asd", input="version: 2")
    assert result.stderr.startswith("standard input:1:10: ")


def test_flags_change_the_recipe(playnano, folder: Path) -> None:
    flags = (
        "--set steps.2.sigma=1e0 --frames 1:3 --output-folder out/deep --output-name {input}_{channel} -t 1"
    )
    result = playnano("run", "recipe.yaml", "movie.asd", *flags.split())
    assert result.exit_code == 0, result.output
    stack = load(folder / "out/deep/movie_TP_filtered.h5")
    assert len(stack) == 2
    assert stack.provenance.history[-1].steps[1].parameters == {"sigma": 1.0}


def test_nothing_is_overwritten_unasked(playnano, folder: Path) -> None:
    playnano("run", "recipe.yaml", "movie.asd")
    before = (folder / "output/movie_filtered.npz").read_bytes()
    result = playnano("run", "recipe.yaml", "movie.asd", "--set", "steps.2.sigma=5")
    assert result.exit_code == 1
    assert result.stderr.startswith("recipe.yaml:7:5: ")
    assert "--overwrite" in result.stderr
    assert (folder / "output/movie_filtered.npz").read_bytes() == before
    assert playnano("run", "recipe.yaml", "movie.asd", "--overwrite").exit_code == 0


def test_the_movie_itself_is_never_replaced(playnano, folder: Path) -> None:
    playnano("process", "movie.asd", "--export", "npz", "--output-folder", ".")
    line = "process movie.npz --export npz --output-folder . --overwrite"
    result = playnano(*line.split())
    assert result.exit_code == 1
    assert "movie.npz is the movie that is read" in result.stderr


def test_quiet_says_nothing(playnano) -> None:
    result = playnano("run", "recipe.yaml", "movie.asd", "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_several_movies_and_a_bad_one(playnano, folder: Path) -> None:
    (folder / "other.asd").write_bytes((folder / "movie.asd").read_bytes())
    (folder / "empty.asd").touch()
    result = playnano("run", "recipe.yaml", "movie.asd", "empty.asd", "gone.asd", "other.asd")
    assert result.exit_code == 1
    assert "error: [3/4] gone.asd: there is no such file\n" in result.stderr
    assert "error: [2/4] empty.asd: " in result.stderr
    assert result.stdout.splitlines()[-3] == "4 movies: 2 done, 2 failed"
    assert [line.split()[:2] for line in result.stdout.splitlines()[-2:]] == [
        ["empty.asd", "failed"],
        ["gone.asd", "failed"],
    ]
    assert names(folder / "output") == [
        "contact.html",
        *(f"{movie}_filtered.{suffix}" for movie in ("movie", "other") for suffix in ("h5", "npz")),
        "summary.csv",
        "summary.json",
    ]


def test_a_bug_on_one_movie_does_not_stop_the_others(
    playnano, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playnano.runner import running as runner

    def broken(recipe, movie, **more):
        if movie.name == "movie.asd":
            raise ZeroDivisionError("a bug")
        return real(recipe, movie, **more)

    real = runner.run_movie
    monkeypatch.setattr(runner, "run_movie", broken)
    (folder / "other.asd").write_bytes((folder / "movie.asd").read_bytes())
    result = playnano("run", "recipe.yaml", "movie.asd", "other.asd")
    assert result.exit_code == 3
    assert "please report it" in result.stderr
    assert (folder / "output/other_filtered.npz").exists()


def test_a_pattern_stands_for_the_files_that_match(playnano, folder: Path) -> None:
    (folder / "other.asd").write_bytes((folder / "movie.asd").read_bytes())
    (folder / "m[1].asd").write_bytes((folder / "movie.asd").read_bytes())
    assert "3 movies: 3 done" in playnano("run", "recipe.yaml", "*.asd").stdout
    assert playnano("run", "recipe.yaml", "m[1].asd", "--overwrite").stdout.startswith("m[1].asd: 4 frames")
    assert "*.h5-jpk: there is no such file" in playnano("run", "recipe.yaml", "*.h5-jpk").stderr


@pytest.mark.parametrize(
    ("flags", "way_out"),
    [
        ((), "run them apart, each with an --output-folder of its own"),
        (("--output-name", "x"), "put {input} into"),
    ],
)
def test_two_movies_for_one_file_are_found_before_work_starts(playnano, folder, flags, way_out) -> None:
    (folder / "b").mkdir()
    (folder / "b/movie.asd").write_bytes((folder / "movie.asd").read_bytes())
    result = playnano("run", "recipe.yaml", "movie.asd", "b/movie.asd", *flags)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "would both write" in result.stderr
    assert way_out in result.stderr
    assert names(folder / "output") == ["contact.html", "summary.csv", "summary.json"]


def test_plan_writes_nothing(playnano, folder: Path) -> None:
    result = playnano("run", "recipe.yaml", "movie.asd", "--plan")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["movie.asd: 4 frames of 24 x 32 pixels, TP in nm", "steps"]
    assert "sigma=2.0" in result.stdout
    assert "layers and masks: raw, step_1_remove_plane, step_2_gaussian_filter" in result.stdout
    assert f"  {Path('output/movie_filtered.npz')}  49.2 kB\n" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert names(folder) == ["movie.asd", "recipe.yaml"]


def test_plan_fails_where_the_run_would(playnano) -> None:
    playnano("run", "recipe.yaml", "movie.asd")
    result = playnano("run", "recipe.yaml", "movie.asd", "--plan")
    assert result.exit_code == 1
    assert "exists" in result.stdout
    assert "--overwrite" in result.stderr
    assert playnano("run", "recipe.yaml", "movie.asd", "--plan", "--overwrite").exit_code == 0


def test_plan_tells_how_large_the_movie_becomes(playnano, folder: Path) -> None:
    line = [
        "process",
        "movie.asd",
        "--processing",
        "drop_frames:indices_to_drop=[0,1]; mask_threshold",
        "--plan",
    ]
    result = playnano(*line)
    assert result.exit_code == 0, result.output
    assert "2 frames" in result.stdout
    assert "of 24 x 32." in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: [{step: drop_frames, indices_to_drop: [9]}]", "bad.yaml:2:9: drop_frames: "),
        (
            "steps:\n  - step: zero_mean\n    name: a\n  - {step: gausian_filter}",
            "bad.yaml:5:12: there is no step",
        ),
        ("input: {channel: XX}", "error: movie.asd: "),
    ],
)
def test_errors_name_the_recipes_line(playnano, folder: Path, text: str, message: str) -> None:
    (folder / "bad.yaml").write_text(f"version: 1\n{text}\nexports: [{{format: npz}}]\n", encoding="utf-8")
    result = playnano("run", "bad.yaml", "movie.asd")
    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.stderr
    assert not (folder / "output").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "run recipe.yaml movie.asd --set steps.2.sigma=-1",
            "--set steps.2.sigma: sigma: input should be greater than 0",
        ),
        (
            "run recipe.yaml movie.asd --set steps.9.sigma=1",
            "--set steps.9.sigma: the recipe has nothing there",
        ),
        ("run recipe.yaml movie.asd --set steps.2.sigma=[1", "--set steps.2.sigma: '[1' is not a value"),
        ("run recipe.yaml movie.asd --frames 9:", "error: "),
        ("run gone.yaml movie.asd", "error: gone.yaml: there is no such file"),
        ("run movie.asd movie.asd", "error: movie.asd: this is not text, so no recipe"),
        ("run . movie.asd", "error: .: cannot be read: "),
    ],
)
def test_errors_the_user_can_mend(playnano, line: str, message: str) -> None:
    result = playnano(*line.split())
    assert result.exit_code == 1
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("run", "Missing argument 'RECIPE'"),
        ("run recipe.yaml", "recipe.yaml names no movie"),
        ("run recipe.yaml movie.asd --set sigma", "--set sigma: write KEY=VALUE"),
        ("run recipe.yaml movie.asd --set exports=[]", "nothing to write"),
        ("run recipe.yaml movie.asd --threads 0", "--threads"),
        ("run recipe.yaml movie.asd --nonsense", "--nonsense"),
        ("rnu recipe.yaml", "Did you mean 'run'"),
    ],
)
def test_wrong_usage(playnano, line: str, message: str) -> None:
    result = playnano(*line.split())
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_bug_gives_a_traceback_and_asks_to_report_it(playnano, monkeypatch: pytest.MonkeyPatch) -> None:
    from playnano.runner import running as runner

    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(runner, "run_movie", broken)
    result = playnano("run", "recipe.yaml", "movie.asd")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError: a bug" in result.stderr
    assert "please report it" in result.stderr


def test_a_warning_of_the_reader_is_shown(playnano, folder: Path) -> None:
    content = (folder / "movie.asd").read_bytes()
    (folder / "short.asd").write_bytes(content[:-100])
    result = playnano("run", "recipe.yaml", "short.asd")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: short.asd: ")

"""`playnano analyze`, and `--analysis` of `process`: tables in the terminal's way."""

import hashlib
from pathlib import Path

import pytest

import playnano as library
from playnano.runner.verify import verify

FLAGS = "features:mask=dots,name=molecules; tracks:of=molecules,max_distance_nm=30"


@pytest.fixture
def bundle(playnano, folder: Path) -> Path:  # type: ignore[no-untyped-def]
    steps = "remove_plane; row_median_align; mask_threshold:threshold=1.5,name=dots"
    done = playnano("process", "movie.asd", "--processing", steps, "--export", "h5", "-q")
    assert done.exit_code == 0, done.output
    return folder / "output" / "movie_filtered.h5"


def test_a_bundle_is_measured_and_not_touched(playnano, bundle: Path) -> None:  # type: ignore[no-untyped-def]
    before = hashlib.sha256(bundle.read_bytes()).hexdigest()
    done = playnano("analyze", str(bundle), "--analysis", FLAGS, "--export", "csv", "h5")
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(bundle.read_bytes()).hexdigest() == before
    assert (bundle.parent / "movie_filtered_analysis_tables" / "tracks.csv").is_file()
    stack = library.load(bundle.parent / "movie_filtered_analysis.h5")
    assert list(stack.tables) == ["molecules", "tracks"]
    assert [len(run.steps) for run in stack.provenance.history] == [3, 0]
    assert verify(bundle.parent / "movie_filtered_analysis.h5", bundle).reproduced


def test_tables_of_a_bundle_are_measured_further(playnano, bundle: Path) -> None:  # type: ignore[no-untyped-def]
    playnano("analyze", str(bundle), "--analysis", FLAGS, "--export", "npz")
    measured = bundle.parent / "movie_filtered_analysis.npz"
    done = playnano("analyze", str(measured), "--analysis", "track_summary:of=tracks")
    assert done.exit_code == 0, done.output
    again = playnano("analyze", str(measured), "--analysis", "tracks:of=molecules", "--export", "npz")
    assert again.exit_code == 1
    assert "there is a table 'tracks' already; give this one another `name`" in again.output


def test_a_recipe_is_measured_without_its_steps(playnano, folder: Path, bundle: Path) -> None:  # type: ignore[no-untyped-def]
    text = "version: 1\nsteps:\n  - {step: zero_mean}\nanalysis:\n  - {measure: roughness}\n"
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    done = playnano("analyze", str(bundle), "--recipe", "r.yaml")
    assert done.exit_code == 0, done.output
    assert (bundle.parent / "movie_filtered_analysis_tables" / "roughness.csv").is_file()


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        ([], 2, "nothing to measure: add for example --analysis"),
        (["--analysis", "feature"], 1, "--analysis: there is no measure 'feature'; did you mean 'features'?"),
        (["--analysis", "line_profile"], 1, "--analysis: line_profile: 'from_nm' is missing"),
        (["--analysis", "tracks:of=molecules"], 1, "there is no table 'molecules'"),
        (["--analysis", "features:mask=dot"], 1, "there is no mask 'dot'; did you mean 'dots'?"),
        (["--analysis", "features", "--recipe", "recipe.yaml"], 2, "give either --analysis or --recipe"),
    ],
)
def test_mistakes(playnano, bundle: Path, argv: list[str], code: int, told: str) -> None:  # type: ignore[no-untyped-def]
    done = playnano("analyze", str(bundle), *argv)
    assert done.exit_code == code
    assert told in done.output
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_process_writes_the_measures_into_the_recipe_it_stands_for(playnano) -> None:  # type: ignore[no-untyped-def]
    flags = ("--processing", "mask_threshold:threshold=1,name=dots", "--analysis", FLAGS)
    printed = playnano("process", "movie.asd", *flags, "--print-recipe")
    assert "- measure: tracks\n  of: molecules\n  max_distance_nm: 30\n" in printed.output
    done = playnano("process", "movie.asd", *flags, "--export", "csv")
    assert done.exit_code == 0, done.output


def test_no_measure_is_in_the_way_of_a_movie_without_pixel_size(playnano, folder: Path) -> None:  # type: ignore[no-untyped-def]
    import numpy as np

    from playnano.io.export_data import save_npz_bundle
    from playnano.stack import AFMImageStack

    save_npz_bundle(folder / "bare.npz", AFMImageStack.from_array(np.ones((2, 8, 8))))
    done = playnano("process", "bare.npz", "--analysis", "peaks", "--export", "csv")
    assert done.exit_code == 1
    assert "peaks: this needs the pixel size, which the movie does not state" in done.output
    assert not (folder / "output").exists()

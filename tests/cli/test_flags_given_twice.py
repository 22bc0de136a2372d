"""A flag that takes one value, given twice: neither value is dropped without a word."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from playnano.cli.app import app
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample


@pytest.fixture
def movie(tmp_path: Path) -> str:
    return str(write_sample(tmp_path / "m.asd", Sample(frames=2, height=16, width=16))[0])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ["--processing", "remove_plane", "--processing", "zero_mean"],
            "give it once, with ';' between steps",
        ),
        (["--frames", "0:1", "--frames", "0:2"], "--frames is given twice"),
        (["--output-name=a", "--output-name=a"], "--output-name is given twice"),
    ],
)
def test_it_is_refused(movie: str, tmp_path: Path, flags: list[str], said: str) -> None:
    output = tmp_path / "o"
    done = CliRunner().invoke(app, ["process", movie, *flags, "--export=npz", "--output-folder", str(output)])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert not output.exists()


def test_flags_that_add_up_or_only_switch_are_taken(movie: str, tmp_path: Path) -> None:
    flags = ["--export=npz", "--export=gif", "--quiet", "--quiet", "--output-folder", str(tmp_path / "o")]
    assert CliRunner().invoke(app, ["process", movie, *flags]).exit_code == 0
    assert {path.suffix for path in (tmp_path / "o").iterdir()} >= {".npz", ".gif"}

"""Plugins are put on the path of a child process: a broken one must not be installed anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import commands
import numpy as np

PLUGINS = Path(__file__).parent / "plugin"


def playnano(
    *arguments: str | Path, plugins: tuple[str, ...] = (), cwd: Path
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(PLUGINS / name) for name in plugins)
    return commands.run(*arguments, env={**os.environ, "PYTHONPATH": path, "COLUMNS": "80"}, cwd=cwd)


def lab_movie(folder: Path) -> Path:
    path = folder / "scan.heights"
    np.savetxt(path, np.arange(12.0).reshape(3, 4))
    return path


RECIPE = """\
version: 1
steps:
  - step: invert
exports:
  - format: mean-heights
  - format: h5
"""


def test_a_plugin_adds_a_reader_a_step_and_an_export(tmp_path: Path) -> None:
    lab_movie(tmp_path)
    (tmp_path / "lab.yaml").write_text(RECIPE, encoding="utf-8")
    done = playnano("run", "lab.yaml", "scan.heights", plugins=("works",), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output" / "scan_filtered.txt").read_text(encoding="utf-8") == "-5.500\n"
    listed = playnano("steps", plugins=("works",), cwd=tmp_path).stdout
    assert "invert" in listed


def test_a_plugin_that_never_heard_of_raw_writes_the_movie_as_it_was_read(tmp_path: Path) -> None:
    lab_movie(tmp_path)
    (tmp_path / "lab.yaml").write_text(RECIPE + "  - format: mean-heights\n    raw: true\n", encoding="utf-8")
    done = playnano("run", "lab.yaml", "scan.heights", plugins=("works",), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    texts = [(tmp_path / "output" / f"scan_{end}.txt").read_text("utf-8") for end in ("filtered", "raw")]
    assert texts == ["-5.500\n", "5.500\n"]


def test_the_plugin_passes_the_contracts_of_playnano(tmp_path: Path) -> None:
    works = PLUGINS / "works"
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(works / "pyproject.toml"), str(works / "tests")],
        env={**os.environ, "PYTHONPATH": str(works), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " skipped" not in done.stdout


def test_its_version_is_in_the_provenance_and_the_file_is_read_without_it(tmp_path: Path) -> None:
    lab_movie(tmp_path)
    (tmp_path / "lab.yaml").write_text(RECIPE, encoding="utf-8")
    playnano("run", "lab.yaml", "scan.heights", plugins=("works",), cwd=tmp_path)
    read = "import playnano, sys; print(playnano.load(sys.argv[1]).provenance.history[-1].to_json())"
    alone = subprocess.run(
        [sys.executable, "-c", read, "output/scan_filtered.h5"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    provenance = json.loads(alone.stdout)
    record = provenance["steps"][0]
    assert (record["step"], record["package"], record["package_version"]) == ("invert", "playnano_lab", "1.2")
    assert provenance["software"]["playnano-lab"] == "1.2"
    assert record["measured"] == {"factor": [-1.0]}
    verdict = playnano("verify", "output/scan_filtered.h5", "scan.heights", cwd=tmp_path)
    assert verdict.returncode == 1
    assert "there is no step 'invert'" in verdict.stderr


def test_what_a_plugin_raises_is_the_runs_failure_at_the_recipes_line(tmp_path: Path) -> None:
    lab_movie(tmp_path)
    (tmp_path / "lab.yaml").write_text(RECIPE.replace("invert", "invert\n    factor: 0"), encoding="utf-8")
    failed = playnano("run", "lab.yaml", "scan.heights", plugins=("works",), cwd=tmp_path)
    assert failed.returncode == 1
    assert "lab.yaml:3:5: step_1_invert failed on frame 0: ZeroDivisionError: a factor of 0" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lab.yaml", "scan.heights"]


def test_a_broken_plugin_is_set_aside_and_named_when_asked_for(tmp_path: Path) -> None:
    listed = playnano("steps", plugins=("broken",), cwd=tmp_path)
    assert listed.returncode == 0
    assert "sharpen of playnano-broken" in listed.stdout
    (tmp_path / "r.yaml").write_text("version: 1\nsteps:\n  - step: sharpen\n", encoding="utf-8")
    asked = playnano("check", "r.yaml", plugins=("broken",), cwd=tmp_path)
    assert asked.returncode == 1
    assert (
        "r.yaml:3:11: the step 'sharpen of playnano-broken' cannot be used: "
        "ModuleNotFoundError: No module named 'a_package_that_is_not_there'"
    ) in asked.stderr


def test_a_plugin_cannot_take_a_name_that_is_taken(tmp_path: Path) -> None:
    listed = playnano("steps", plugins=("clashes",), cwd=tmp_path)
    assert "the name is taken by playnano" in " ".join(listed.stdout.split())
    formats = playnano("formats", plugins=("clashes",), cwd=tmp_path)
    assert "it is not a subclass of Export" in " ".join(formats.stdout.split())

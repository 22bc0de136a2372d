"""The scripts of the page on clusters, as far as one machine can run them."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/run-on-a-cluster.md").read_text(encoding="utf-8")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bash"), reason="shell scripts"),
]


def listing(name: str) -> str:
    return re.search(
        rf"<!-- file: {re.escape(name)} -->\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )[1]  # type: ignore[index]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    movie, _ = write_sample(tmp_path / "movies/1.asd", Sample(frames=2, height=16, width=16, molecules=1))
    shutil.copy(movie, tmp_path / "movies/2.asd")
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/playnano").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m playnano "$@"\n', encoding="utf-8"
    )
    (tmp_path / "bin/playnano").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_the_job_array_does_all_movies(environment: dict[str, str]) -> None:
    Path("batch.sh").write_text(listing("batch.sh"), encoding="utf-8")
    jobs = [
        subprocess.Popen(
            ["bash", "batch.sh"],
            env={
                **environment,
                "SLURM_ARRAY_TASK_ID": str(number),
                "SLURM_ARRAY_TASK_COUNT": "2",
                "SLURM_CPUS_PER_TASK": "1",
            },
        )
        for number in (1, 2)
    ]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0]
    rows = Path("results/summary.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["movies/1.asd", "done"], ["movies/2.asd", "done"]]
    assert Path("results/contact.html").read_text(encoding="utf-8").count("<img") == 2


def test_the_command_of_the_snakefile(environment: dict[str, str]) -> None:
    text = listing("Snakefile")
    assert len([line for line in text.splitlines() if line]) <= 12
    command = ast.literal_eval("(" + text.split("shell:")[1].strip() + ")")
    for field, value in {"wildcards.number": "1", "params.count": "8", "threads": "1"}.items():
        command = command.replace(f"{{{field}}}", value)
    assert subprocess.run(["bash", "-c", command], env=environment, timeout=120, check=False).returncode == 0
    assert Path("results/summary.csv").read_text(encoding="utf-8").count("done") == 1

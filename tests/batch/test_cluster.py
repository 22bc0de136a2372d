"""Batches on a cluster of dask.distributed that is started here."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from batches import results, rows, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed"),
]
LINE = [sys.executable, "-m", "playnano", "run", "recipe.yaml", "tree"]
SCHEDULER = """
import os, sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
DEATHS = {"scan10_filtered.npz": 2, "day": 100}
"""How often the worker dies that writes a file with this in its path."""
DYING = f"""
import os, signal, sys

def die(event, args):
    if event != "open" or not isinstance(args[0], str) or not args[0].endswith("_filtered.npz"):
        return
    for part, most in {DEATHS}.items():
        if part in args[0].split(os.sep) and (count := len(os.listdir("deaths"))) < 200:
            if sum(name.startswith(part) for name in os.listdir("deaths")) < most:
                os.mkdir(f"deaths/{{part}}{{count}}")
                os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
"""


def on(address: str, *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*LINE, "--scheduler", address, *more], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_cluster_on_this_machine(folder: Path) -> None:
    Path("tree/empty.asd").touch()
    done = on("local", "--workers", "1")
    assert done.returncode == 1
    assert "tree/empty.asd: the file is empty" in done.stderr
    assert "4 movies: 3 done, 1 failed" in done.stdout
    assert [row["movie"] for row in rows()][:2] == ["tree/day/scan2.asd", "tree/empty.asd"]
    assert Path("output/contact.html").read_text(encoding="utf-8").count("<img") == 3
    assert "3 skipped, 1 failed" in run("tree").stdout


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_movie_goes_to_another_worker_when_its_own_dies(folder: Path) -> None:
    Path("site").mkdir()
    Path("deaths").mkdir()
    Path("site/sitecustomize.py").write_text(DYING, encoding="utf-8")
    Path("scheduler.py").write_text(SCHEDULER, encoding="utf-8")
    few = {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver",  # imports happen once
        "PYTHONPATH": str(Path("site").absolute()),
    }
    scheduler = subprocess.Popen(
        [sys.executable, "scheduler.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **few},
    )
    try:
        assert scheduler.stdout is not None
        done = on(scheduler.stdout.readline().strip())
    finally:
        scheduler.communicate("", timeout=60)
    assert done.returncode == 1, done.stderr
    assert f"{Path('day/scan2.asd')}: every worker that was at it died" in done.stderr
    assert results() == ["scan10_filtered.npz", "scan2_filtered.npz"]
    assert list(Path("output").rglob(".playnano-*")) == []


def test_a_scheduler_that_cannot_be_reached(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playnano.batch.cluster.TIMEOUT_S", 0.5)
    done = run("tree --scheduler tcp://127.0.0.1:9")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the scheduler tcp://127.0.0.1:9 cannot be reached")
    assert done.stderr.count("\n") == 1


def test_workers_of_another_version() -> None:
    from playnano.batch.cluster import check_remotely, libraries

    reply = check_remotely({"versions": {**libraries(), "playnano": "99.0"}})
    assert reply == {"versions": f"a worker has playnano {libraries()['playnano']} (here 99.0)"}

"""Help: what it costs, and how it looks in a terminal of 80 columns."""

import os
import re
import subprocess
import sys

import pytest
from cli_commands import COMMANDS

from playnano.cli.reference import commands_page

HEAVY = ("numpy", "scipy", "h5py", "tifffile", "matplotlib", "imageio", "pydantic", "yaml", "rich")
PROBE = """
import sys
sys.argv = ["playnano", "--help"]
from playnano.cli import main
try:
    main()
finally:
    print("HEAVY", *(set(sys.modules) & set(%r)))
    try:
        status = open("/proc/self/status").readlines()
    except OSError:
        status = []
    print("PEAK", *[line.split()[1] for line in status if "VmHWM" in line])
"""


def probe() -> str:
    run = subprocess.run(
        [sys.executable, "-c", PROBE % (HEAVY,)], capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


def test_help_imports_nothing_heavy() -> None:
    assert "HEAVY\n" in probe()


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells the peak of a process without its parent's"
)
def test_help_needs_little_memory() -> None:
    peak = re.search(r"PEAK (\d+)", probe())
    assert peak is not None
    assert int(peak[1]) * 1024 < 50e6


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(playnano, command: str) -> None:
    result = playnano(*command.split(), "--help")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    cut = re.findall(r"^.*(?:[a-z,]\.\.\.|-)$", result.output, re.MULTILINE)
    assert not cut, "a line is cut, or broken within a word"
    assert "Examples:" in result.output


def test_every_option_is_described(playnano) -> None:
    _, *sections = re.split(r"^## ", commands_page(), flags=re.MULTILINE)
    assert [section.splitlines()[0] for section in sections] == list(COMMANDS)
    for section in sections:
        rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", section, re.MULTILINE)
        assert rows, section.splitlines()[0]
        assert [name for name, text in rows if not text.strip()] == []


def test_the_page_of_commands_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = set()
    for columns in ("40", "80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        pages.add(commands_page())
    (page,) = pages
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(COMMANDS)
    assert "--processing STEPS" in page
    assert "playnano run recipe.yaml movie.h5-jpk" in page


def test_version(playnano) -> None:
    assert re.fullmatch(r"playnano \d+\.\d+\S*\n", playnano("--version").output)


@pytest.mark.parametrize(
    ("typed", "completed"), [("playnano pro", "process"), ("playnano steps gauss", "gaussian_filter")]
)
def test_completion(typed: str, completed: str) -> None:
    environment = {
        **os.environ,
        "_PLAYNANO_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    program = "import sys; sys.argv = ['playnano']; from playnano.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.split() == [completed]

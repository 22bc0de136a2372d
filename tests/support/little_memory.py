"""A command line in a process that may not have more than a little memory."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CODE = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
import playnano.cli
playnano.cli.main()
"""


@dataclass(frozen=True)
class Done:
    code: int
    text: str
    errors: str


def in_little_memory(*argv: str | Path, megabytes: int = 1000, timeout: float = 60) -> Done:
    """Run `playnano` with a limit to its memory."""
    code = CODE.format(limit=megabytes * 1_000_000)
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, argv)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(run.returncode, run.stdout, run.stderr)

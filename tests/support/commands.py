"""`playnano` in processes of their own, where a process is what is tested: its imports, its signals, its end.

They are forked from one that has imported the libraries, once, and import playnano afresh, so that an import
which a command lacks is noticed. Where nothing can be forked, a new interpreter does the same.
"""

import atexit
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from pathlib import Path

from forks import AVAILABLE, context


def run(
    *argv: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run a command line to its end."""
    words = [str(word) for word in argv]
    child = begun(*words, cwd=cwd, env=env)
    try:
        text, errors = child.communicate(timeout=timeout)
    finally:
        child.kill()
    return subprocess.CompletedProcess(words, child.wait(timeout), text, errors)


def begun(
    *argv: str, cwd: Path, env: Mapping[str, str] | None = None, before: str = ""
) -> "Command | subprocess.Popen[str]":
    """Begin a command line; `before` is Python that comes first in its process."""
    environment = dict(os.environ if env is None else env)
    if AVAILABLE:
        return Command(list(argv), cwd, environment, before)
    code = f"import sys\nsys.argv = {['playnano', *argv]!r}\n{before}\nfrom playnano.cli import main\nmain()"
    line, pipe = [sys.executable, "-c", code], subprocess.PIPE
    return subprocess.Popen(line, cwd=cwd, env=environment, stdout=pipe, stderr=pipe, encoding="utf-8")


class Command:
    """A forked process, handled like a `subprocess.Popen`."""

    def __init__(self, argv: list[str], cwd: Path, environment: Mapping[str, str], before: str = "") -> None:
        (ours, text), (self._errors, errors) = (context().Pipe(duplex=False) for _ in range(2))
        arguments = (text, errors, argv, str(cwd), dict(environment), before)
        self._process = context().Process(target=_become, args=arguments, daemon=True)
        self._process.start()
        text.close()
        errors.close()
        self.stdout = os.fdopen(os.dup(ours.fileno()), encoding="utf-8")

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("playnano", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def communicate(self, timeout: float = 120) -> tuple[str, str]:
        """All that it prints; it has ended then."""
        text, errors = self.stdout.fileno(), self._errors.fileno()
        printed, until = {text: b"", errors: b""}, time.monotonic() + timeout
        going = list(printed)
        while going:
            ready = wait(going, until - time.monotonic())
            if not ready:
                raise subprocess.TimeoutExpired("playnano", timeout)
            for pipe in ready:
                piece = os.read(pipe, 1 << 16)
                printed[pipe] += piece
                if not piece:
                    going.remove(pipe)
        self.wait(timeout)
        self.stdout.close()
        self._errors.close()
        return printed[text].decode(), printed[errors].decode()


def _become(
    text: Connection, errors: Connection, argv: list[str], cwd: str, environment: dict[str, str], before: str
) -> None:
    """Do what `python -m playnano` does, from its first import to its last clean-up."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for number, pipe in enumerate((text, errors), 1):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8") for number in (1, 2)
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # `nohup` and `&` let the tests ignore them
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    sys.path[:0] = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    for name in [name for name in sys.modules if name.partition(".")[0] == "playnano"]:
        del sys.modules[name]
    sys.argv = ["playnano", *argv]
    exec(before, {})
    from playnano.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()

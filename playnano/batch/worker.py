"""A process that runs movies for a batch: `python -m playnano.batch.worker`.

Speaks JSON, one message a line. It is sent the recipe, then movies one by one; for each it answers with
progress, with the files that it will write, upon which it waits for leave, and with what became of the movie.
Whoever started it and died takes it along: the end of standard input stops it, whatever it is at.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from playnano.batch.attempt import RunSettings

PROGRESS_EVERY_S = 0.1
PATIENCE_S = 10.0
"""How long a movie may take to stop once whoever started this process is gone."""
GO, MOVIE, END = "go", "movie", "end"
FILES, PROGRESS, ATTEMPT = "files", "progress", "attempt"


class Stopped(SystemExit):
    """A signal's stop, told apart from the SystemExit that a library raises."""


def main() -> None:
    """Work until told to end."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # frames are the unit of parallel work; read when numpy is imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the batch decides what becomes of it
    signal.signal(signal.SIGTERM, _stop)
    _Worker(_replies()).work()


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is on its way is being removed
    raise Stopped(128 + number)


def _replies() -> TextIO:
    """Standard output for messages alone: whatever else is printed goes to standard error."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii", newline="\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return own


class _Worker:
    def __init__(self, replies: TextIO) -> None:
        self._replies = replies
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._due = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def work(self) -> None:
        from playnano.readers.probe import probing
        from playnano.recipe.reading import read_recipe
        from playnano.stack.allocator import keep_freed_memory

        keep_freed_memory()
        recipe = read_recipe(self._messages.get()["recipe"])
        with probing():  # what keeps HDF5 busy for ever is not this process
            while MOVIE in (message := self._messages.get()):
                self._run(recipe, message)

    def _run(self, recipe: Any, message: dict[str, Any]) -> None:
        from playnano.batch.attempt import attempted
        from playnano.batch.movies import MovieTask

        task = MovieTask(Path(message[MOVIE]), message["below"], message["trouble"])
        attempt = attempted(
            recipe, task, settings_from_json(message["settings"]), self._report, self._ask_leave
        )
        self._say({ATTEMPT: attempt.as_json()})

    def _listen(self) -> None:
        for line in sys.stdin:
            message = json.loads(line)
            self._messages.put(message)
            if END in message:
                return
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE_S)
        os._exit(1)

    def _say(self, message: dict[str, Any]) -> None:
        """Send a message; where nobody reads any more, whoever started this process is gone."""
        try:
            self._replies.write(json.dumps(message) + "\n")
            self._replies.flush()
        except BrokenPipeError:
            raise Stopped(128 + signal.SIGTERM) from None

    def _report(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PROGRESS_EVERY_S
            self._say({PROGRESS: [stage, done, total]})

    def _ask_leave(self, paths: Sequence[Path]) -> None:
        """Wait until it is written down which files will be this batch's."""
        self._say({FILES: list(map(str, paths))})
        self._messages.get()


def settings_as_json(settings: "RunSettings") -> dict[str, Any]:
    """Settings as plain values."""
    overwrite = settings.overwrite
    return {
        "overwrite": overwrite if isinstance(overwrite, bool) else list(map(str, overwrite)),
        "threads": settings.threads,
        "command": settings.command and list(settings.command),
    }


def settings_from_json(message: dict[str, Any]) -> "RunSettings":
    """What `settings_as_json` gave."""
    from playnano.batch.attempt import RunSettings

    overwrite = message["overwrite"]
    paths = overwrite if isinstance(overwrite, bool) else frozenset(map(Path, overwrite))
    return RunSettings(paths, message["threads"], message["command"])


if __name__ == "__main__":
    main()

"""How the run of one movie ended."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from playnano.errors import ExportError, MissingFrames, PlaynanoError, StepError, doubts
from playnano.model import Json
from playnano.runner.writing import RunOutcome

Status = Literal["done", "skipped", "kept", "incomplete", "failed"]
STATES: tuple[Status, ...] = get_args(Status)
USER_ERROR, BUG = 1, 3
_FAULTS: dict[str, type[StepError] | type[ExportError]] = {"step": StepError, "export": ExportError}


@dataclass(frozen=True)
class Outcome:
    """What became of one movie."""

    movie: str
    """Its path as it was given."""
    status: Status
    frames: int | None = None
    height: int | None = None
    """Of the result, in pixels."""
    width: int | None = None
    channel: str = ""
    unit: str = ""
    seconds: float | None = None
    error: str = ""
    """The message, of one line unless several faults are listed."""
    outputs: tuple[str, ...] = ()
    """Paths of the files written."""
    reason: str = ""
    """Why a movie that was done before is done again, or is not."""
    missing: str = ""
    """Which frames of the movie are missing."""
    doubts: tuple[str, ...] = ()
    """Those of the warnings that no run keeps to itself."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    levelled: bool = True
    """Whether any step was done on the movie, by this run or before."""
    code: int = 0
    """0, 1 for an error that the user can mend, 3 for a bug."""
    fault: tuple[str, int] | None = None
    """`step` or `export`, and its place in the recipe, where one of them failed."""
    settings: tuple[str, ...] = ()
    """Settings that mend the error."""
    traceback: str = ""
    crashed: bool = False
    """Whether the process that worked on it died."""

    @classmethod
    def of(cls, movie: Path, done: RunOutcome, seconds: float) -> "Outcome":
        """The outcome of a run that wrote its files."""
        stack = done.stack
        missing = "; ".join(w for w in stack.warnings if isinstance(w, MissingFrames))
        frames, height, width = stack.shape
        return cls(
            str(movie), "incomplete" if missing else "done", frames, height, width, stack.channel, stack.unit,
            round(seconds, 3), outputs=tuple(map(str, done.outputs)), missing=missing,
            warnings=tuple(map(str, stack.warnings)), notes=done.notes,
            levelled=bool(stack.provenance.all_steps()), doubts=tuple(map(str, doubts(stack.warnings))),
        )  # fmt: skip

    @classmethod
    def failure(cls, movie: Path, error: BaseException, seconds: float | None = None) -> "Outcome":
        """The outcome of a movie that could not be done."""
        if isinstance(error, PlaynanoError):
            fault = _fault(error)
            return cls(
                str(movie), "failed", error=str(error), code=USER_ERROR, fault=fault, settings=error.settings
            )
        from traceback import format_exception

        text = f"{type(error).__name__}: {error}".split("\n", 1)[0]
        lines = "".join(format_exception(error))
        return cls(str(movie), "failed", error=text, seconds=seconds, code=BUG, traceback=lines)

    def as_json(self) -> Json:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Json) -> "Outcome":
        """What `as_json` gave, also after a way through JSON text."""
        values: Json = {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}
        return cls(**values)

    def as_error(self) -> PlaynanoError:
        """The error of a failure, which knows its place in the recipe."""
        if self.fault is not None:
            return _FAULTS[self.fault[0]](self.error, self.fault[1], settings=self.settings)
        return PlaynanoError(*self.error.split("\n"), settings=self.settings)


def _fault(error: PlaynanoError) -> tuple[str, int] | None:
    for name, kind in _FAULTS.items():
        if isinstance(error, kind) and error.position is not None:
            return name, error.position
    return None


def worst_code(outcomes: Iterable[Outcome]) -> int:
    """The exit code of a run over many movies."""
    return max((outcome.code for outcome in outcomes), default=0)

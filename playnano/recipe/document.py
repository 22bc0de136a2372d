"""A recipe as written: its values, and the line and column of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from playnano.errors import ExportError, MeasureError, PlaynanoError, RecipeError, StepError

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where something stands in a text; counted from 1, as editors do."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """One fault: a message and its place."""

    message: str
    place: Place | None = None
    origin: str | None = None


@dataclass(frozen=True)
class Document:
    """A YAML text as plain Python values, with the place of each.

    `overrides` are values given elsewhere (on the command line); `origin` of a place inside
    one names that elsewhere.
    """

    name: str
    text: str
    value: Any
    keys: Mapping[Loc, Place] = field(repr=False)
    values: Mapping[Loc, Place] = field(repr=False)
    overrides: Mapping[Loc, str] = field(default_factory=dict)

    def problem(self, loc: Loc, message: str, *, at_key: bool = False) -> Problem:
        """`message` at the place of `loc`, or of the nearest thing around it that has one."""
        for end in range(len(loc), -1, -1):
            here = loc[:end]
            if here in self.overrides:
                return Problem(message, origin=self.overrides[here])
            places = self.keys if at_key and end == len(loc) else self.values
            if here in places:
                return Problem(message, places[here])
            for key, origin in self.overrides.items():
                if here and key[:end] == here:  # a key that is there only because of what stands in it
                    return Problem(message, origin=origin)
        return Problem(message)

    def where(self, loc: Loc) -> str:
        """The place of `loc` as text: `recipe.yaml:12:5`."""
        return _heading(self.name, self.problem(loc, ""))

    def with_value(self, loc: Loc, value: Any, origin: str) -> "Document":
        """The document with one value replaced, said to come from `origin`."""
        return replace(
            self, value=_replaced(self.value, loc, value), overrides={**self.overrides, loc: origin}
        )

    def error(self, problems: Sequence[Problem]) -> RecipeError:
        """All problems in one error, in the order of the lines, the first one with its line and a caret."""
        ordered = sorted(problems, key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0))
        lines = self.text.splitlines()
        return RecipeError(*(line for problem in ordered for line in self._shown(problem, lines)))

    def _shown(self, problem: Problem, lines: Sequence[str]) -> list[str]:
        message = f"{_heading(self.name, problem)}: {problem.message}"
        if problem.place is None or problem.place.line > len(lines):
            return [message]
        line, column = lines[problem.place.line - 1].replace("\t", " "), problem.place.column
        start = max(0, column - 60)
        shown = f"{problem.place.line:5d} | {line[start : start + 72]}"
        return [message, shown, f"{' ' * (7 + column - start)}^"]


def _heading(name: str, problem: Problem) -> str:
    if problem.origin is not None:
        return problem.origin
    return f"{name}:{problem.place.line}:{problem.place.column}" if problem.place else name


def _replaced(value: Any, loc: Loc, new: Any) -> Any:
    if not loc:
        return new
    first, rest = loc[0], loc[1:]
    if isinstance(first, int):
        if not isinstance(value, list) or not 0 <= first < len(value):
            raise KeyError(first)
        return [_replaced(item, rest, new) if index == first else item for index, item in enumerate(value)]
    mapping = value if isinstance(value, dict) else {}
    return {**mapping, first: _replaced(mapping.get(first), rest, new)}


def located(error: PlaynanoError, document: Document) -> str:
    """The message of an error, with the recipe's line where a step, a measure or an export failed."""
    parts: dict[type, str] = {StepError: "steps", MeasureError: "analysis", ExportError: "exports"}
    if isinstance(error, StepError | MeasureError | ExportError) and error.position is not None:
        return f"{document.where((parts[type(error)], error.position))}: {error}"
    return str(error)

"""`--processing`: `remove_plane; gaussian_filter:sigma=2; drop_frames:indices_to_drop=[1,2]`.

`--analysis` is written alike: `features:mask=particles; tracks:of=features,max_distance_nm=30`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playnano.errors import RecipeError
from playnano.recipe.document import Document, Loc, Place, Problem
from playnano.recipe.yamltext import scalar

FLAG = "--processing"
_OPENING, _CLOSING, _QUOTES = "[{(", "]})", "'\""


@dataclass(frozen=True)
class FlagPart:
    """The part of a recipe that a flag writes."""

    flag: str
    section: str
    """Key of the recipe."""
    key: str
    """Key of an item that names it."""


STEPS = FlagPart(FLAG, "steps", "step")
ANALYSIS = FlagPart("--analysis", "analysis", "measure")


@dataclass
class Processing:
    """Items as plain values, and where each key and value stands in the text."""

    text: str
    part: FlagPart = STEPS
    items: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[Loc, Place] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, offset: int) -> Place:
        """Line and column of a character of the text, counted from 1."""
        before = self.text[:offset]
        return Place(before.count("\n") + 1, offset - before.rfind("\n"))

    def add(self, start: int, end: int) -> None:
        """Read the item that stands between two offsets."""
        colon = self.text.find(":", start, end)
        name_end = end if colon < 0 else colon
        loc: Loc = (self.part.section, len(self.items))
        first, name = _stripped(self.text, start, name_end)
        self.items.append({self.part.key: name})
        self.values |= {loc: self.place(first), (*loc, self.part.key): self.place(first)}
        for begin, stop in _split(self.text, name_end + 1, end, ","):
            self._add_parameter(loc, begin, stop)

    def _add_parameter(self, loc: Loc, start: int, end: int) -> None:
        equals = self.text.find("=", start, end)
        first, key = _stripped(self.text, start, end if equals < 0 else equals)
        if equals < 0 or not key:
            self._fault(first, f"'{self.text[start:end].strip()}' is not a parameter: write NAME=VALUE")
        elif key in self.items[-1]:
            self._fault(first, f"'{key}' is given twice")
        else:
            self.keys[*loc, key] = self.place(first)
            self._add_value((*loc, key), *_stripped(self.text, equals + 1, end))

    def _add_value(self, loc: Loc, first: int, text: str) -> None:
        self.values[loc] = self.place(first)
        try:
            self.items[-1][str(loc[-1])] = scalar(text)
        except RecipeError:
            self._fault(first, f"'{text}' is not a value")

    def _fault(self, offset: int, message: str) -> None:
        self.problems.append(Problem(message, self.place(offset)))


def parsed(text: str, part: FlagPart = STEPS) -> Processing:
    """The items that a flag's text lists.

    Raises
    ------
    RecipeError
        With every fault of the text, its line and column.
    """
    processing = Processing(text, part)
    for start, end in _split(text, 0, len(text), ";"):
        processing.add(start, end)
    if processing.problems:
        raise Document(part.flag, text, None, {}, {}).error(processing.problems)
    return processing


def _split(text: str, start: int, end: int, separator: str) -> Iterator[tuple[int, int]]:
    """Parts between separators that stand in no brackets and no quotes; blank ones are left out."""
    depth, quote, begin = 0, "", start
    for offset in range(start, end):
        char = text[offset]
        if quote or char in _QUOTES:
            quote = "" if char == quote else quote or char
        elif char in _OPENING + _CLOSING:
            depth += 1 if char in _OPENING else -1
        elif char == separator and depth <= 0:
            yield from _unless_blank(text, begin, offset)
            begin = offset + 1
    yield from _unless_blank(text, begin, end)


def _unless_blank(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if text[start:end].strip():
        yield start, end


def _stripped(text: str, start: int, end: int) -> tuple[int, str]:
    """Offset of the first non-blank character, and the text from there without blanks at its end."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), part.strip()

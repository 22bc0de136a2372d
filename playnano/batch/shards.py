"""One part of a batch: what one job of an array does."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from playnano.errors import PlaynanoError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Every `count`th movie of a batch, from the `number`th on; counted from 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def parsed(cls, text: str) -> "Shard":
        """A shard as it is typed: `2/8`.

        Raises
        ------
        PlaynanoError
            Where it is not one.
        """
        match = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text, re.ASCII)
        number, count = (int(part) for part in match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            raise PlaynanoError(f"'{text}' is not a shard: 2/8 is the second of eight, counted from 1")
        return cls(number, count)

    @property
    def suffix(self) -> str:
        """The end of the names of its files; empty for the whole batch."""
        return "" if self.count == 1 else f"-{self.number}-of-{self.count}"

    def of(self, items: Iterable[T]) -> list[T]:
        """Its part of the items."""
        return list(items)[self.number - 1 :: self.count]


WHOLE = Shard()
"""The whole batch."""

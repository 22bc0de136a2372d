"""Settings of a header in text, and where the header contradicts itself."""

from collections.abc import Iterable

from playnano.errors import Doubt

_LONGEST = 40


class Fields(dict[str, str]):
    """Settings by name, the last of those of one name; others of that name are remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.others: dict[str, str] = {}
        """Values that are not read, for another one is stated too."""

    def state(self, name: str, value: str) -> None:
        """Take what a line of the header states."""
        if self.get(name, value) != value:
            self.others[name] = self[name]
        self[name] = value

    def state_first(self, name: str, value: str) -> None:
        """Take what a line of the header states, unless one before it did."""
        if self.setdefault(name, value) != value:
            self.others[name] = value


def stated_twice(fields: Fields, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Warnings of settings that a header states with two values.

    Parameters
    ----------
    names : iterable of str, optional
        Those that are read [default: all].
    """
    return tuple(
        contradiction(f"`{name}`", fields[name], fields.others[name])
        for name in (fields.others if names is None else names)
        if name in fields.others
    )


def contradiction(what: str, taken: object, other: object, where: str = "") -> Doubt:
    """The warning that a header states two things of one; `where` says where the other one is stated."""
    both = f"{shortened(taken)} and {shortened(other)}{where and f' in {where}'}"
    return Doubt(f"the header contradicts itself: {what} is {both}; the former is read")


def shortened(written: object) -> str:
    """A value of a header as messages show it."""
    return f"'{' '.join(str(written).split())[:_LONGEST]}'"

"""Choose the channel and the unit of its values."""

from collections.abc import Callable, Iterable, Sequence

from playnano.errors import ChannelMissing, Doubt, ReadError, did_you_mean, listed

_NAMED = 3
_WAYS = (("retrace", "trace"), ("backward", "forward"))
"""How names of channels end, of the way back and of the way forth."""


def damage_doubts(damage: Sequence[str]) -> tuple[str, ...]:
    """The warning for who reads one of the other channels of a damaged file."""
    return (Doubt(f"the file is damaged: {listed(damage, 1)}"),) if damage else ()


def way_doubts(choice: str | None, name: str, names: Sequence[str]) -> tuple[str, ...]:
    """The warning that a default channel is of the way back, and another may be the one of the way forth.

    Where other channels are of the way forth, or two have its name, its own counterpart may be damaged.
    """
    for back, forth in _WAYS if choice is None else ():
        twin = name.removesuffix(back) + forth
        if not name.endswith(back) or twin in names:
            continue
        if f"{name} 2" in names or any(other.endswith(forth) and not other.endswith(back) for other in names):
            return (Doubt(f"there is no '{twin}' in it, as of other channels: '{name}' is read"),)
    return ()


def numbered(names: Iterable[str]) -> list[str]:
    """The names, those that come again with a number: `Height`, `Height 2`; lower and upper case are one."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in names:
        chosen, count = name, 1
        while chosen.lower() in taken:
            count += 1
            chosen = f"{name} {count}"
        taken.add(chosen.lower())
        unique.append(chosen)
    return unique


def channel_name(
    choice: str | None,
    names: Sequence[str],
    is_topography: Callable[[str], bool],
    damage: Sequence[str] = (),
) -> str:
    """The requested channel as the file spells it [default: the only one, or topography].

    Parameters
    ----------
    damage : sequence of str
        What of the file's list of channels cannot be read. It may be the topography, so that nothing is
        taken in its place: another channel has to be requested.

    Raises
    ------
    ReadError
        Where the file has no such channel, or no default channel.
    """
    offered = f"the channels are {', '.join(names)}" if names else "there is no channel in it"
    if damage:
        offered = f"{offered}; damaged: {'; '.join(damage[:_NAMED])}"
    if choice is None and damage:
        which = f"name one of the other channels to read it ({', '.join(names)})" if names else offered
        raise ReadError(
            f"the file is damaged, perhaps its topography ({damage[0]}); {which}", settings=("channel",)
        )
    if choice is None and len(names) == 1:
        return names[0]
    if choice is None:
        for name in names:
            if is_topography(name):
                return name
        raise ReadError(f"it holds no topography: name a channel; {offered}")
    by_lower_case = {name.lower(): name for name in reversed(names)}
    if choice.lower() in by_lower_case:
        return by_lower_case[choice.lower()]
    if "," in choice and all(part.strip().lower() in by_lower_case for part in choice.split(",")):
        raise ReadError("two channels need `combine` of the input, such as `mean`", settings=("combine",))
    near = did_you_mean(choice.lower(), tuple(by_lower_case))
    raise ChannelMissing(f"there is no channel '{choice}'{near} ({offered})", choice, tuple(names))

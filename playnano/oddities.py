"""Frames that hold what cannot have been recorded: their numbers by kind, and a line on each kind."""

from collections.abc import Iterator, Mapping, Sequence

from playnano.errors import Doubt, Flaw, listed
from playnano.kernels.recording import Oddities

EMPTY, UNDEFINED, ABSURD, ONE_VALUE = "empty", "undefined", "absurd", "one value"
_MEANING = {
    EMPTY: "nothing but undefined pixels (NaN)",
    UNDEFINED: "undefined pixels (NaN, or infinite in the file)",
    ABSURD: "values that cannot be, where the file may be damaged",
    ONE_VALUE: "a stretch of one value, where nothing may have been recorded",
}


def odd_frames(
    looks: Sequence[Oddities], kinds: Sequence[str], shape: tuple[int, int], unit: str
) -> dict[str, dict[int, str]]:
    """What is odd, by kind and frame number; blank frames are known for what they are.

    Parameters
    ----------
    kinds : sequence of str
        Quality of each frame.
    shape : tuple of int
        (height, width) of a frame.
    """
    odd: dict[str, dict[int, str]] = {}
    for index, (look, kind) in enumerate(zip(looks, kinds, strict=True)):
        for name, text in _of_frame(look, kind == "blank", shape, unit):
            odd.setdefault(name, {})[index] = text
    return odd


def _of_frame(look: Oddities, is_blank: bool, shape: tuple[int, int], unit: str) -> Iterator[tuple[str, str]]:
    height, width = shape
    if look.undefined == height * width:
        yield EMPTY, ""
    elif look.undefined:
        yield UNDEFINED, _pixels(look.undefined)
    if look.absurd:
        yield ABSURD, _pixels(look.absurd)
    if look.first_line >= 0 and not is_blank:
        yield ONE_VALUE, f"{_lines(look.first_line, look.last_line, height)}, {look.value:.6g} {unit}"


def _pixels(count: int) -> str:
    return f"{count:,} pixel{'' if count == 1 else 's'}"


def _lines(first: int, last: int, height: int) -> str:
    """`the last 40 lines`, `lines 3-5`; counted from the top."""
    count = last - first + 1
    many = "line" if count == 1 else f"{count} lines"
    if last == height - 1:
        return f"the last {many}"
    return f"the first {many}" if first == 0 else f"line {first}" if count == 1 else f"lines {first}-{last}"


def oddity_notes(odd: Mapping[str, Mapping[int, str]]) -> tuple[Doubt, ...]:
    """A line for each kind: `1 frame holds undefined pixels (NaN): frame 3 (12 pixels)`."""
    return tuple(
        (Flaw if kind == UNDEFINED else Doubt)(_note(kind, odd[kind])) for kind in _MEANING if kind in odd
    )


def _note(kind: str, frames: Mapping[int, str]) -> str:
    holds = "1 frame holds" if len(frames) == 1 else f"{len(frames)} frames hold"
    named = [f"frame {index}{f' ({text})' if text else ''}" for index, text in frames.items()]
    return f"{holds} {_MEANING[kind]}: {listed(named)}"

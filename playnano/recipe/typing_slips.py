"""Slips of the keyboard that YAML's own errors do not name: blanks, colons and encodings."""

import re
import unicodedata
from collections.abc import Iterator

from playnano.filenames import code_page
from playnano.recipe.document import Place, Problem

_BLANK = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
_ODD_BLANK = re.compile(rf"^[ -]*([{_BLANK}])|^[^'\"#]*[:-]([{_BLANK}])")
_WIDE_COLON = re.compile(r"^[ -]*\w+(\uff1a)")
_NO_SPACE = re.compile(r"^[ -]*([A-Za-z_]\w*:[^\s/:'\"][^:#]*)$")


def blank_problems(text: str) -> Iterator[Problem]:
    """Blanks and colons that look like plain ones and are others, where YAML needs plain ones."""
    for number, line in enumerate(text.splitlines(), 1):
        match = None if line.lstrip().startswith("#") else _ODD_BLANK.match(line) or _WIDE_COLON.match(line)
        if match:
            index = match.lastindex or 1
            char, plain = match[index], "colon" if match.re is _WIDE_COLON else "space"
            name = unicodedata.name(char, "blank").lower()
            message = f"there is a {name} (U+{ord(char):04X}) here: type a plain {plain}"
            yield Problem(message, Place(number, match.start(index) + 1))


def colon_problem(text: str, last_line: int) -> Problem | None:
    """The last `key:value` without a blank, up to a line that YAML cannot read."""
    for number in range(min(last_line, text.count("\n") + 1), 0, -1):
        match = _NO_SPACE.match(text.split("\n")[number - 1].rstrip())
        if match:
            return Problem(space_after_colon(match[1]), Place(number, match.start(1) + 1))
    return None


def space_after_colon(item: str) -> str:
    """What to say of `sigma:2`."""
    key, _, value = item.strip().partition(":")
    return f"a space is missing after the colon: write '{key}: {value.strip()}'"


def encoding_problem(content: bytes, at: int) -> Problem | None:
    """The message for a text that is not UTF-8 from byte `at` on; None for data that are not text."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", content):
        return None
    before = content[:at].decode()
    encoding = "Shift-JIS" if code_page(content) == "cp932" else "Windows-1252"
    place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Problem(f"this is not UTF-8 but probably {encoding}: save the file as UTF-8", place)

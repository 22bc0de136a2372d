"""Names of files as text: also those that an archive left in another encoding."""

import json
import os
import re

_ENCODINGS = ("utf-8", "cp932")
"""UTF-8 where it is valid, then what zip archives from Japan hold; what is neither is Latin-1."""
_ODD = re.compile(r"[^\x20-\x7e\n]+")


def readable(name: str) -> str:
    """A file name that every file, terminal and JSON text can hold; equal to `name` for valid UTF-8."""
    try:
        name.encode()
        return name
    except UnicodeEncodeError:
        return _decoded(name)


def shown(name: object) -> str:
    """A file name or path in one line of a message: line ends and what steers a terminal as escapes."""
    text = readable(str(name))
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def json_text(value: object, indent: int = 1) -> str:
    """JSON in UTF-8, ending a line, with characters that are no text as its escapes."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _ODD.sub(lambda match: "".join(map(_escaped, match[0])), text) + "\n"


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _decoded(name: str) -> str:
    try:
        content = os.fsencode(name)
    except UnicodeEncodeError:  # a lone surrogate that Windows allows
        return name.encode("utf-8", "replace").decode()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")

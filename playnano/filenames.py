"""Names of files as text: also those that an archive left in another encoding."""

import os

_ENCODINGS = ("utf-8", "cp932")
"""UTF-8 where it is valid, then what zip archives from Japan hold; what is neither is Latin-1."""


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

"""Names of files as text: also those that an archive left in another encoding."""

import json
import os
import re

_SHIFT_JIS = re.compile(rb"[\x80-\x9f]|[\xa0-\xff]{2}")
"""Bytes that Latin-1 has for no letter, or two beyond ASCII in a row: `K\xf6ln` has neither."""
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
    return content.decode("utf-8" if decodes(content, "utf-8") else code_page(content))


def code_page(content: bytes) -> str:
    """Of text that is not UTF-8: that of Japanese Windows, or Latin-1."""
    is_japanese = _SHIFT_JIS.search(content) is not None and decodes(content, "cp932")
    return "cp932" if is_japanese else "latin-1"


def decodes(content: bytes, encoding: str) -> bool:
    """Whether bytes are text in an encoding."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

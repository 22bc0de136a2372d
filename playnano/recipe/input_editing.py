"""Edit the `input` of a recipe's text: comments, order and spelling of everything else stay."""

import re
from collections.abc import Iterator
from typing import Any

from playnano.recipe.editing import in_line, mapping_node, recipe_value, rewritten, with_key_line


def input_values(text: str) -> dict[str, Any]:
    """What a recipe says of its input."""
    value = recipe_value(text).get("input")
    return value if isinstance(value, dict) else {}


def with_input(text: str, key: str, value: Any) -> str:
    """The text with one setting of the input set; None takes it out."""
    changed = {name: old for name, old in {**input_values(text), key: value}.items() if old is not None}
    expected = {**recipe_value(text), "input": changed or None}
    for attempt in _attempts(text, key, value):
        if _reads_as(attempt, expected):
            return attempt
    return rewritten(expected)


def _attempts(text: str, key: str, value: Any) -> Iterator[str]:
    """Ways to write it, the one that changes least first."""
    node = mapping_node(text)
    if "input" not in {name.value for name, _ in node.value}:
        text = with_key_line(text, "input", node)
    lines = text.splitlines()
    head = next((n for n, line in enumerate(lines) if re.match(r"input\s*:\s*(#.*)?$", line)), None)
    if head is None:
        return
    new = None if value is None else f"{key}: {in_line(value)}"
    for number in range(head + 1, len(lines)):
        match = re.match(rf"^(\s+){re.escape(key)}\s*:[^#]*?(\s+#.*)?$", lines[number])
        if match:
            own = [] if new is None else [f"{match[1]}{new}{match[2] or ''}"]
            yield _joined([*lines[:number], *own, *lines[number + 1 :]])
    indent = next((m[1] for line in lines[head + 1 :] if (m := re.match(r"^(\s+)[^\s#-]", line))), "  ")
    for space in dict.fromkeys((indent, "  ")):
        yield _joined([*lines[: head + 1], *([] if new is None else [f"{space}{new}"]), *lines[head + 1 :]])


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _reads_as(text: str, expected: dict[str, Any]) -> bool:
    try:
        return recipe_value(text) == expected
    except Exception:  # not YAML: another way is tried
        return False

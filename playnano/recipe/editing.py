"""Edit a recipe's text as a person would: comments, order and spelling of everything else stay.

Each edit says what the values will be afterwards; a text that does not read back as those values (a recipe in
an unusual layout) is written anew as a whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from playnano.errors import RecipeError
from playnano.recipe.yamltext import compose, dump

Section = Literal["steps", "analysis", "exports"]
ORDER = ("version", "input", "steps", "analysis", "exports", "output")
OFF = "#~ "
"""Begins each line of an item that is switched off: a comment to everything that reads the recipe."""
_OFF_LINE = re.compile(r"^(\s*)#~ ?(.*)$")


@dataclass(frozen=True)
class Item:
    """A step or an export as it stands in the text."""

    lines: tuple[str, ...]
    """With the comments above it."""
    is_off: bool
    start: int
    """Its own first line among `lines`, behind those comments."""

    def switched(self, is_off: bool) -> "Item":
        """The item switched off or on."""
        if is_off == self.is_off:
            return self
        own = [_switched_line(line, is_off) for line in self.lines[self.start :]]
        return Item((*self.lines[: self.start], *own), is_off, self.start)

    def value(self) -> dict[str, Any]:
        """What the item says, also where it is switched off."""
        own = self.switched(False).lines[self.start :]
        value = compose("\n".join(own), "item").value[0]
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class _Parts:
    """A text around one of its lists."""

    before: tuple[str, ...]
    items: tuple[Item, ...]
    after: tuple[str, ...]
    indent: str

    def text(self) -> str:
        lines = [*self.before, *(line for item in self.items for line in item.lines), *self.after]
        return "\n".join(lines).rstrip("\n") + "\n"


def items(text: str, section: Section) -> tuple[Item, ...]:
    """The steps or exports of a recipe in order, those switched off among them."""
    return _parts(text, section).items


def with_item(text: str, section: Section, position: int, value: dict[str, Any]) -> str:
    """The text with a step or an export put in at a position, counted with those switched off."""
    return _edited(text, section, lambda parts: _inserted(parts, position, _written(value, parts.indent)))


def without_item(text: str, section: Section, position: int) -> str:
    """The text without one step or export."""
    return _edited(text, section, lambda parts: _removed(parts.items, position))


def with_item_moved(text: str, section: Section, position: int, to: int) -> str:
    """The text with one step or export at another place, its comments with it."""

    def moved(parts: _Parts) -> tuple[Item, ...]:
        rest = list(_removed(parts.items, position))
        rest.insert(to, parts.items[position])
        return tuple(rest)

    return _edited(text, section, moved)


def with_item_switched(text: str, section: Section, position: int, *, is_off: bool) -> str:
    """The text with one step or export switched off or on."""

    def switched(parts: _Parts) -> tuple[Item, ...]:
        changed = parts.items[position].switched(is_off)
        return (*parts.items[:position], changed, *parts.items[position + 1 :])

    return _edited(text, section, switched)


def with_setting(text: str, section: Section, position: int, key: str, value: Any) -> str:
    """The text with one parameter of a step or export set; None takes it out."""

    def set_one(parts: _Parts) -> tuple[Item, ...]:
        item = parts.items[position]
        changed = _with_key(item.switched(False), key, value, parts.indent).switched(item.is_off)
        return (*parts.items[:position], changed, *parts.items[position + 1 :])

    return _edited(text, section, set_one)


def _edited(text: str, section: Section, edit: Callable[[_Parts], tuple[Item, ...]]) -> str:
    parts = _parts(text, section)
    changed = _Parts(parts.before, edit(parts), parts.after, parts.indent)
    values = [item.value() for item in changed.items if not item.is_off]
    expected = {**recipe_value(text), section: values or None}
    new = changed.text()
    return new if _same(new, expected) else rewritten(expected)


def _same(text: str, expected: dict[str, Any]) -> bool:
    try:
        return bool(recipe_value(text) == expected)
    except Exception:  # any fault in the text: it is not the recipe to edit
        return False


def rewritten(value: dict[str, Any]) -> str:
    """A recipe of these values, written anew as a whole."""
    return dump({key: value[key] for key in (*ORDER, *value) if value.get(key) is not None})


def recipe_value(text: str) -> dict[str, Any]:
    """What a recipe's text says, as plain values."""
    value = compose(text, "recipe").value
    return value if isinstance(value, dict) else {}


def mapping_node(text: str) -> yaml.MappingNode:
    """A recipe's text as YAML nodes, which know their lines."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise RecipeError("a recipe is a mapping: 'version: 1', 'steps:', 'exports:'")
    return node


def _parts(text: str, section: Section) -> _Parts:
    lines = _in_blocks(text, section).splitlines()
    node = mapping_node("\n".join(lines))
    keys = [(key.value, key.start_mark.line, value) for key, value in node.value]
    place = next(index for index, (name, _, _) in enumerate(keys) if name == section)
    begin = keys[place][1] + 1
    end = keys[place + 1][1] if place + 1 < len(keys) else len(lines)
    while place + 1 < len(keys) and end > begin and _belongs_to_next(lines[end - 1]):
        end -= 1
    sequence = keys[place][2]
    starts = [_dash_line(lines, item.start_mark.line) for item in getattr(sequence, "value", ()) or ()]
    indent = re.match(r"\s*", lines[starts[0]])[0] if starts else "  "  # type: ignore[index]
    entries, rest = _grouped(lines[begin:end], {start - begin for start in starts})
    return _Parts(tuple(lines[:begin]), tuple(entries), (*rest, *lines[end:]), indent)


def _belongs_to_next(line: str) -> bool:
    """Whether a line above a key at the left edge goes with that key: its comment."""
    return line.startswith("#") and not line.startswith(OFF.strip())


def _in_blocks(text: str, section: Section) -> str:
    """The text with its list written item below item, and the key there even if it was missing."""
    value = recipe_value(text)
    node = mapping_node(text)
    pairs = {key.value: child for key, child in node.value}
    child = pairs.get(section)
    if child is None:
        return with_key_line(text, section, node)
    if isinstance(child, yaml.SequenceNode) and child.flow_style:
        return rewritten(value) if value[section] else _emptied(text, child)
    return text


def with_key_line(text: str, section: str, node: yaml.MappingNode) -> str:
    """The text with a key that holds nothing yet, before the keys that follow it by custom."""
    later = ORDER[ORDER.index(section) + 1 :]
    lines = text.splitlines()
    places = [key.start_mark.line for key, _ in node.value if key.value in later]
    if not places:
        return "\n".join([*lines, "", f"{section}:"]) + "\n"
    return "\n".join([*lines[: min(places)], f"{section}:", "", *lines[min(places) :]]) + "\n"


def _emptied(text: str, child: yaml.Node) -> str:
    return text[: child.start_mark.index].rstrip() + text[child.end_mark.index :]


def _dash_line(lines: Sequence[str], line: int) -> int:
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line


def _grouped(lines: Sequence[str], starts: set[int]) -> tuple[list[Item], list[str]]:
    """The items among the lines of a list, each with the comments above it, and what follows the last."""
    groups: list[tuple[list[str], list[str], bool]] = []
    lead: list[str] = []
    for number, line in enumerate(lines):
        off = _OFF_LINE.match(line)
        if number in starts or (off and off[2].startswith("-")):
            groups.append((lead, [line], off is not None))
            lead = []
        elif groups and not lead and (off is not None if groups[-1][2] else _continues(line)):
            groups[-1][1].append(line)
        else:
            lead.append(line)
    return [Item((*lead, *own), is_off, len(lead)) for lead, own, is_off in groups], lead


def _continues(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _switched_line(line: str, is_off: bool) -> str:
    if is_off:  # the mark stands before the indentation that the line has beyond two blanks
        return f"  {OFF}{line[2:]}" if line.startswith("  ") else f"{OFF}{line}"
    match = _OFF_LINE.match(line)
    return line if match is None else match[1] + match[2]


def _removed(all_items: Sequence[Item], position: int) -> tuple[Item, ...]:
    return (*all_items[:position], *all_items[position + 1 :])


def _inserted(parts: _Parts, position: int, item: Item) -> tuple[Item, ...]:
    return (*parts.items[:position], item, *parts.items[position:])


def _written(value: dict[str, Any], indent: str) -> Item:
    lines = dump([value]).splitlines()
    return Item(tuple(indent + line for line in lines), False, 0)


def _with_key(item: Item, key: str, value: Any, indent: str) -> Item:
    """The item with one key set or taken out: in its line where it has one, else as a line of its own."""
    changed = {name: old for name, old in {**item.value(), key: value}.items() if old is not None}
    lead, own = item.lines[: item.start], list(item.lines[item.start :])
    for lines in _attempts(own, key, value, indent):
        attempt = Item((*lead, *lines), False, item.start)
        if _reads_as(attempt, changed):
            return attempt
    return Item((*lead, *_written(changed, indent).lines), False, item.start)


def _attempts(own: list[str], key: str, value: Any, indent: str) -> Iterator[list[str]]:
    """Ways to write it, the one that changes least first."""
    text = f"{key}: {in_line(value)}"
    place = re.compile(rf"^(\s*(?:- )?\s*){re.escape(key)}\s*:[^#]*?(\s+#.*)?$")
    for number, line in enumerate(own):
        match = place.match(line)
        if match and value is not None:
            yield [*own[:number], f"{match[1]}{text}{match[2] or ''}", *own[number + 1 :]]
        elif match:
            yield [*own[:number], *own[number + 1 :]]
    if value is not None:
        yield [*own, f"{indent}  {text}"]


def in_line(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list | tuple | dict):
        return yaml.safe_dump(value, default_flow_style=True, width=10_000).strip()
    return dump([value]).strip().removeprefix("[").removesuffix("]")


def _reads_as(item: Item, value: dict[str, Any]) -> bool:
    try:
        return item.value() == value
    except Exception:  # not YAML: another way is tried
        return False

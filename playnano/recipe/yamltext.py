"""YAML text that remembers the line and column of every key and value."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from playnano.recipe.document import Document, Loc, Place, Problem
from playnano.recipe.typing_slips import blank_problems, colon_problem

MAX_NODES = 100_000  # aliases of aliases can stand for billions of nodes


def compose(text: str, name: str) -> Document:
    """Read one YAML document.

    Raises
    ------
    RecipeError
        For text that is not valid YAML, is empty, gives a key twice, or has aliases that recurse.
    """
    empty = Document(name, text, None, {}, {})
    if slips := list(blank_problems(text)):
        raise empty.error(slips)
    try:
        node = yaml.compose(text, Loader=_CoreLoader)
    except yaml.YAMLError as error:
        raise empty.error([_syntax_problem(error, text)]) from None
    except RecursionError:
        raise empty.error([Problem("the file is nested too deeply")]) from None
    if node is None:
        raise empty.error([Problem("the file is empty; a recipe starts with 'version: 1'")])
    reading = _Reading()
    value = reading.value(node, (), ())
    if reading.problems:
        raise empty.error(reading.problems)
    return Document(name, text, value, reading.keys, reading.values)


def scalar(text: str) -> Any:
    """The value that one short YAML text stands for: `2`, `[1, 2]`, `pad`."""
    return compose(text, text).value if text.strip() else None


class _CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core rules: `no` and `12:30` are text, `1e-3` is a number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+)$"), list("-+0123456789")
)
_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+.0123456789"),
)


class _CoreDumper(yaml.SafeDumper):
    """Writes what `_CoreLoader` reads back: text that looks like a number gets quotes."""

    yaml_implicit_resolvers = _CoreLoader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        """A list of plain values stands on one line: `[1, 2]`."""
        is_plain = not any(isinstance(item, list | tuple | dict) for item in sequence)
        return super().represent_sequence(tag, sequence, is_plain or flow_style)

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        """Text with what is not a printable character stands in double quotes, which have escapes."""
        is_plain = value.replace("\n", "").isprintable()
        return super().represent_scalar(tag, value, style if is_plain else '"')


def dump(value: Any) -> str:
    """YAML text that `compose` reads back to `value`; all of it is printable."""
    text = yaml.dump(value, Dumper=_CoreDumper, sort_keys=False, allow_unicode=True, width=100)
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08x}" for c in text)


@dataclass
class _Reading:
    """One walk over the node graph: values, places and problems."""

    keys: dict[Loc, Place] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    n_nodes: int = 0

    def value(self, node: yaml.Node, loc: Loc, above: tuple[yaml.Node, ...]) -> Any:
        self.values[loc] = _place(node)
        self.n_nodes += 1
        if any(node is other for other in above):
            return self._fault(node, "this alias stands inside what it stands for")
        if self.n_nodes > MAX_NODES:
            if self.n_nodes == MAX_NODES + 1:
                self._fault(node, f"the file stands for more than {MAX_NODES:,} values")
            return None
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _COLLECTIONS:
            return self._fault(node, f"the tag '{node.tag}' is not allowed here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc, (*above, node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*loc, index), (*above, node)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, loc: Loc, above: tuple[yaml.Node, ...]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                self._fault(key_node, "a key must be a plain word")
            elif key in mapping:
                self._fault(key_node, f"the key '{key}' is given twice")
            else:
                self.keys[(*loc, key)] = _place(key_node)
                mapping[key] = self.value(value_node, (*loc, key), above)
        return mapping

    def _scalar(self, node: yaml.Node) -> Any:
        text, kind = node.value, node.tag.removeprefix("tag:yaml.org,2002:")
        if kind not in _SCALARS:
            return self._fault(node, f"the tag '{node.tag}' is not allowed here")
        try:
            return _SCALARS[kind](text)
        except ValueError:
            return self._fault(node, f"'{text}' is no {kind}")

    def _fault(self, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(message, _place(node)))


def _integer(text: str) -> int:
    if len(text) > 40:
        raise ValueError(text)
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": _float,
}


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


_MEANS_A_COLON = re.compile(r"':'|mapping values are not allowed")


def _syntax_problem(error: yaml.YAMLError, whole: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    text = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    text = text.removeprefix("but ")
    place = Place(mark.line + 1, mark.column + 1) if mark else None
    if "'\\t'" in text:
        return Problem("a tab stands here: YAML is indented with spaces", place)
    slip = colon_problem(whole, place.line) if place and _MEANS_A_COLON.search(text) else None
    if slip is not None:
        return slip
    return Problem(f"this is not valid YAML: {text}", place)

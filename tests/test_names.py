"""Names are nouns for things and verbs for deeds: no bare participle or adverb stands for a thing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import playnano

PACKAGE = Path(playnano.__file__).parent
VAGUE = {"told", "asked", "found", "known", "said", "there", "seen", "wanted", "given"}


def _names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.keyword(arg=str(name)):
                yield name, node.value.lineno


def _vague(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = path.relative_to(PACKAGE).as_posix()
    return [f"{place}:{line}: {name}" for name, line in _names(tree) if name.strip("_") in VAGUE]


def _files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_no_bare_participle_is_a_name() -> None:
    files = _files()
    assert len(files) > 100
    vague = [line for path in files for line in _vague(path)]
    assert vague == [], (
        f"name the thing (`known` heights are `measured_heights`), not how it came about: {vague}"
    )


def test_such_a_name_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    module = tmp_path / "module.py"
    module.write_text("def shown(asked):\n    _told = asked.found\n    known_version = is_known = 1\n")
    assert _vague(module) == [
        "module.py:1: asked",
        "module.py:2: _told",
        "module.py:2: found",
        "module.py:2: asked",
    ]

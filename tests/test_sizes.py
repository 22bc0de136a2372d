"""Files and functions stay small enough to be read at one go."""

import ast
from pathlib import Path
from statistics import median

import playnano

FILES = sorted(Path(playnano.__file__).parent.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_MEDIAN = 6


def lengths() -> dict[str, int]:
    """Lines of each function, its signature and docstring left out."""
    lines = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                end = node.end_lineno or node.lineno
                lines[f"{path}:{node.lineno}: {node.name}"] = end - body[0].lineno + 1
    return lines


def test_no_file_is_longer_than_300_lines() -> None:
    long = [path for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]
    assert long == []


def test_functions_are_short() -> None:
    lines = lengths()
    assert [name for name, length in lines.items() if length > LONGEST_FUNCTION] == []
    assert 3 <= median(lines.values()) <= LONGEST_MEDIAN

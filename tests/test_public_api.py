"""What scripts and notebooks may rely on: it is there, it is described, and it costs nothing until used."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import playnano

ROOT = Path(__file__).parent.parent
HEAVY = ("numpy", "scipy", "h5py", "tifffile", "matplotlib", "imageio", "pydantic", "yaml", "typer")
LOADERS = ("load_npz_bundle", "load_h5_bundle", "load_ome_tiff_stack")
FUNCTIONS = {
    "playnano.io.export_data": (
        "save_ome_tiff_stack",
        "save_npz_bundle",
        "save_h5_bundle",
        "export_bundles",
    ),
    "playnano.io.data_loaders": LOADERS,
    "playnano.io.loaders": LOADERS,
}
FUNCTION_NAMES = [(module, name) for module, names in FUNCTIONS.items() for name in names]


def imported(script: str) -> set[str]:
    """What a fresh Python has imported after a script."""
    script += "\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def pages() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))


def test_importing_playnano_imports_nothing_else() -> None:
    modules = imported("import playnano; dir(playnano)")
    assert not modules & set(HEAVY)
    assert [name for name in modules if name.startswith("playnano.")] == []


def test_a_public_name_is_imported_when_it_is_used() -> None:
    modules = imported("import playnano; playnano.PlaynanoError")
    assert "playnano.errors" in modules
    assert "numpy" not in modules


def test_a_stack_needs_no_library_that_it_does_not_use() -> None:
    script = "import playnano; playnano.AFMImageStack.from_array([[1.0, 2.0]], pixel_size_nm=1).data"
    assert not imported(script) & {"scipy", "h5py", "tifffile", "matplotlib", "imageio"}


@pytest.mark.parametrize("name", playnano.__all__)
def test_a_public_name_is_there_and_described(name: str) -> None:
    thing = getattr(playnano, name)
    assert (inspect.getdoc(thing) or "").strip()
    assert name in dir(playnano)
    assert re.search(rf"\bplaynano\.{name}\b", pages()), "no page tells of it"


def test_type_checkers_know_the_names_that_are_imported_lazily() -> None:
    tree = ast.parse(Path(playnano.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    known = {
        (alias.asname, node.module)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert known == set(playnano._HOMES.items())


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'playnano' has no attribute 'laod'"):
        _ = playnano.laod  # type: ignore[attr-defined]


@pytest.mark.parametrize(("module", "name"), FUNCTION_NAMES, ids=lambda part: part.rsplit(".")[-1])
def test_a_function_of_the_documentation_is_there_and_described(module: str, name: str) -> None:
    function = getattr(import_module(module), name)
    described = inspect.getdoc(function) or ""
    assert "Raises\n------" in described
    assert name in pages()


@pytest.mark.parametrize("name", FUNCTIONS["playnano.io.export_data"])
def test_what_saves_says_what_its_arguments_are_and_overwrites_nothing_unasked(name: str) -> None:
    function = getattr(import_module("playnano.io.export_data"), name)
    described = inspect.getdoc(function) or ""
    arguments = inspect.signature(function).parameters
    assert [argument for argument in arguments if argument not in described] == []
    assert arguments["overwrite"].default is False


def test_everything_public_of_a_stack_is_described() -> None:
    stack: Any = playnano.AFMImageStack
    public = {name: thing for name, thing in vars(stack).items() if not name.startswith("_")}
    members = {n: t for n, t in public.items() if callable(t) or isinstance(t, (property, classmethod))}
    assert members
    assert [name for name, thing in members.items() if not inspect.getdoc(thing)] == []

"""What is declared is what is imported, and it is not much."""

import ast
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MOST_PACKAGES = 40


def needed(package: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """Names of the packages that one requires on this system, without its optional ones."""
    wanted = [Requirement(text) for text in requires(package) or ()]
    environments = [{"extra": extra} for extra in extras or {""}]
    return {
        canonicalize_name(r.name)
        for r in wanted
        if r.marker is None or any(r.marker.evaluate(environment) for environment in environments)
    }


def installed_with(package: str) -> set[str]:
    found, waiting = set[str](), [package]
    while waiting:
        for name in needed(waiting.pop()) - found:
            found.add(name)
            waiting.append(name)
    return found


def imported() -> set[str]:
    """Packages, by the names they are installed under, that some module of playnano imports."""
    modules = set[str]()
    for path in (ROOT / "playnano").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    modules -= {*sys.stdlib_module_names, "playnano"}
    packages = packages_distributions()
    return {canonicalize_name(name) for module in modules for name in packages.get(module, [module])}


def test_a_core_install_is_small() -> None:
    assert len({"playnano", *installed_with("playnano")}) < MOST_PACKAGES


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    by_any_extra = {canonicalize_name(Requirement(text).name) for text in requires("playnano") or ()}
    assert imported() - by_any_extra <= {"pydantic-core", "click"}  # pydantic's and typer's own other halves
    assert needed("playnano") - imported() == {"imageio"}  # see docs/decisions/0014

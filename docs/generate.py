"""Write the schemas and the reference pages, or check that they are up to date.

python docs/generate.py [--check]
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from playnano.cli.reference import commands_page
from playnano.reference.pages import formats_page, measures_page, steps_page
from playnano.reference.schemas import provenance_schema, recipe_schema

ROOT = Path(__file__).parent.parent
MARK = "<!-- Written by `make generated`. -->\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated file, and what it should hold."""
    for name, schema in (("recipe", recipe_schema(plugins=False)), ("provenance", provenance_schema())):
        text = json.dumps(schema, indent=1, ensure_ascii=False)
        yield ROOT / "schemas" / f"{name}-v1.schema.json", text + "\n"
    written = {
        "steps": steps_page(),
        "measures": measures_page(),
        "formats": formats_page(),
        "commands": commands_page(),
    }
    for name, page in written.items():
        yield ROOT / "docs" / "reference" / f"{name}.md", MARK + page.rstrip() + "\n"


def recipes() -> Iterator[tuple[Path, str]]:
    """The recipes as the package holds them: those of the top folder, without the line for editors."""
    for recipe in sorted((ROOT / "recipes").glob("*.yaml")):
        modeline, text = recipe.read_text(encoding="utf-8").split("\n", 1)
        assert modeline.startswith("# yaml-language-server"), recipe
        yield ROOT / "playnano" / "recipe" / "library" / recipe.name, text.removeprefix("#\n")


def main() -> None:
    """Write the files that differ; with --check, name them and fail."""
    stale = [(path, text) for path, text in (*pages(), *recipes()) if _written(path) != text]
    for path, text in stale:
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is not what the code says: run `make generated`")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    sys.exit(1 if stale and "--check" in sys.argv else 0)


def _written(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    main()

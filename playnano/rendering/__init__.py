"""Heights to pictures: colormaps, z-range, enlargement, scale bar, timestamp, colour bar.

Importing this package makes our colormaps known to matplotlib: at once where matplotlib is there already,
else at the moment it is imported, for a run that draws nothing shall not pay for it.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from playnano.rendering.colormaps import register


class _WhenImported(MetaPathFinder):
    """Waits for matplotlib to be imported, adds the colormaps, and is gone."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "matplotlib":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                register(module)

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


if "matplotlib" in sys.modules:
    register(importlib.import_module("matplotlib"))
else:
    sys.meta_path.insert(0, _WhenImported())

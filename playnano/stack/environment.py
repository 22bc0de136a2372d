"""The software and the machine that a run used."""

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from playnano.registry import package_version

NUMERICAL_LIBRARIES = ("numpy", "scipy", "h5py", "tifffile", "isal")


def software(plugins: Mapping[str, str] | None = None) -> dict[str, str]:
    """Versions of all that can change a number."""
    versions = {"playnano": package_version("playnano"), "python": platform.python_version()}
    versions |= {name: package_version(name) for name in NUMERICAL_LIBRARIES}
    return versions | dict(plugins or {})


def machine() -> str:
    """Operating system and processor, without the machine's name."""
    return f"{platform.system()} {platform.machine()}, {sys.byteorder}-endian"


def reproducible() -> bool:
    """Whether SOURCE_DATE_EPOCH asks for files that do not hold the time of the run."""
    return "SOURCE_DATE_EPOCH" in os.environ


def now() -> str:
    """The time, or SOURCE_DATE_EPOCH where that is set; UTC, ISO 8601."""
    moment = (
        datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
        if reproducible()
        else datetime.now(UTC)
    )
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

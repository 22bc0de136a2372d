"""Figures by matplotlib, without its state: sizes in mm, fonts that can be edited, files that repeat."""

from pathlib import Path
from typing import Any

MM_PER_INCH = 25.4
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito (2008): distinguishable for the colour-blind."""
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "playnano",
}
ASPECT = 0.75
MAKER = "playnano"
LARGEST_FIGURE = 2**26
"""A larger file is no figure of playnano's, and is not read to see that."""
_MARKS = (b"tEXtSoftware\0playnano", b"/Creator (playnano)", b"<dc:title>playnano</dc:title>")
"""What the figures of each format hold: PNG, PDF, SVG."""


def figure(width_mm: float) -> Any:
    """An empty figure."""
    from matplotlib.figure import Figure

    width = width_mm / MM_PER_INCH
    return Figure(figsize=(width, width * ASPECT), layout="constrained")


def save(sheet: Any, path: Path, *, title: str, dpi: int) -> None:
    """Write a figure; the file holds no timestamp."""
    timeless: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Creator": MAKER},
        "pdf": {"CreationDate": None, "Creator": MAKER},
        "png": {"Software": MAKER},
    }
    ending = path.suffix[1:]
    sheet.savefig(path, format=ending, dpi=dpi, metadata={"Title": title, **timeless[ending]})


def is_ours(file: Path) -> bool:
    """Whether a file is a figure that `save` wrote."""
    content = file.read_bytes() if file.is_file() and file.stat().st_size <= LARGEST_FIGURE else b""
    return any(mark in content for mark in _MARKS)


def axes_of(sheet: Any, x: str, y: str) -> Any:
    """Axes with labels."""
    axes = sheet.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return axes


def say_empty(axes: Any, note: str) -> None:
    """Write over empty axes why they are empty."""
    axes.text(0.5, 0.5, note or "no rows", transform=axes.transAxes, ha="center", va="center", wrap=True)

"""Where everything stands on a montage, in mm from the figure's upper left corner."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

from playnano.errors import ExportError

HIGHEST_MM = 235.0
NARROWEST_PANEL_MM = 9.0
WISHED_SHAPE = 0.62
"""Height of a figure in its widths that looks well: near the golden section."""
EMPTY_PLACE = 6.0
"""How much a figure with nothing but empty places would be disliked; 1 is a shape wrong by a factor e."""

GAP_MM = 1.2
LABEL_ROW_MM = 3.2
COLOUR_BAR_MM = 2.2
COLOUR_BAR_GAP_MM = 1.8
OVERHANG_MM = 1.2
"""How far the value at the foot of the colour bar may reach below it."""

Box = tuple[float, float, float, float]
"""Left, top, width, height."""


@dataclass(frozen=True)
class Layout:
    """Panels of one size in rows, a colour bar at their right."""

    count: int
    columns: int
    shape: float
    """Height of a panel in its widths."""
    width: float
    values: float | None
    """Width of the colour bar's values; None where there is no colour bar."""
    labelled: bool
    """Whether something is written above each panel."""
    headings: int
    """Lines above all."""

    @property
    def rows(self) -> int:
        return ceil(self.count / self.columns)

    @property
    def height(self) -> float:
        _, top, _, height = self.grid
        return top + height + (0 if self.values is None else OVERHANG_MM)

    @property
    def panel_size(self) -> tuple[float, float]:
        """Width and height."""
        strip = 0 if self.values is None else COLOUR_BAR_GAP_MM + COLOUR_BAR_MM + self.values
        width = (self.width - strip - (self.columns - 1) * GAP_MM) / self.columns
        return width, width * self.shape

    @property
    def grid(self) -> Box:
        """What all panels cover."""
        width, height = self.panel_size
        top = LABEL_ROW_MM * (self.headings + (self.labelled or self.values is not None))
        return (
            0,
            top,
            self.columns * width + (self.columns - 1) * GAP_MM,
            self.rows * height + (self.rows - 1) * self._row_gap,
        )

    @property
    def colour_bar(self) -> Box:
        """As high as all rows."""
        _, top, width, height = self.grid
        return width + COLOUR_BAR_GAP_MM, top, COLOUR_BAR_MM, height

    def panel(self, place: int) -> Box:
        """The panel at a place, counted from 0 along the rows."""
        row, column = divmod(place, self.columns)
        width, height = self.panel_size
        return column * (width + GAP_MM), self.grid[1] + row * (height + self._row_gap), width, height

    @property
    def _row_gap(self) -> float:
        return LABEL_ROW_MM if self.labelled else GAP_MM

    @property
    def _badness(self) -> float:
        empty = 1 - self.count / (self.rows * self.columns)
        return abs(log(self.height / self.width / WISHED_SHAPE)) + EMPTY_PLACE * empty


def best(layouts: Sequence[Layout]) -> Layout:
    """The one that looks best of those that can be printed.

    Raises
    ------
    ExportError
        Where none can: panels would be too narrow to see, or the figure higher than a page.
    """
    wide = [layout for layout in layouts if layout.panel_size[0] >= NARROWEST_PANEL_MM]
    if not wide:
        raise ExportError(
            f"{layouts[0].columns} frames side by side do not fit in {layouts[0].width:g} mm: "
            "set fewer columns, or 'width: double'"
        )
    fitting = [layout for layout in wide if layout.height <= HIGHEST_MM]
    if not fitting:
        least = min(layout.height for layout in wide)
        raise ExportError(
            f"a montage of {wide[0].count} frames would be {least:.0f} mm high, more than a page "
            f"({HIGHEST_MM:.0f} mm): show fewer frames, or more columns"
        )
    return min(fitting, key=lambda layout: layout._badness)

"""Gwyddion Simple Field: the names of its header, and where its values begin."""

MAGIC = "Gwyddion Simple Field 1."
"""Begins every file; the minor version follows."""
WIDTH = "XRes"
HEIGHT = "YRes"
WIDTH_REAL = "XReal"
HEIGHT_REAL = "YReal"
LENGTH_UNIT = "XYUnits"
VALUE_UNIT = "ZUnits"
TITLE = "Title"
OWN_FIELD = "Playnano"
"""How the names of playnano's own fields begin."""
FRAME = "PlaynanoFrame"
"""Number of the frame in its folder; in every file of playnano."""
TIME = "PlaynanoTime"
"""In s from the first frame; a field of playnano's own."""
DURATION = "PlaynanoDuration"
_ALIGNED = 4


def data_offset(header_length: int) -> int:
    """Where the values begin: at least one NUL fills the header up to a multiple of 4 bytes."""
    return header_length // _ALIGNED * _ALIGNED + _ALIGNED

"""What the user states about a movie: where it is, and what its file leaves out or gets wrong."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, Strict, StringConstraints, ValidationError

from playnano.errors import ReadError
from playnano.model import FRAME_SPAN, Json, Model, Nm, Seconds, fault_texts
from playnano.readers.trace_retrace import Combination

PixelSize = Annotated[Nm, Field(gt=0)]


class Input(Model):
    """The movie, and settings that the file does not state."""

    path: str | None = None
    """File, or folder with exactly one movie; relative to the recipe. May be left to the command line."""
    channel: str | Annotated[tuple[str, str], Strict(False)] | None = None
    """Channel to read, such as `height_trace` or `TP`; by default the file's topography. Trace and retrace
    as a list of two, with `combine`."""
    combine: Combination | None = None
    """What becomes of two channels, the second shifted onto the first along the fast axis: their `mean`,
    their `difference` (first minus second), or both in turn (`interleave`)."""
    reader: str | None = None
    """Reader to use; by default the one that recognises the file."""
    unit: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    """Unit of the images, where the file does not state it. Where it does, lengths are converted, and so are
    units of which one is a multiple of the other; another unit is put in its place, which a warning says."""
    pixel_size_nm: PixelSize | Annotated[tuple[PixelSize, PixelSize], Strict(False)] | None = None
    """Pixel size in nm, in place of the file's: a number, or [y, x]."""
    frame_interval_s: Annotated[Seconds, Field(gt=0)] | None = None
    """Time from frame to frame in s, in place of the file's times: frames start at equal steps from the start
    of the first, and how long each lasts, which the file states by its own times, is left out."""
    frames: Annotated[str, Field(pattern=FRAME_SPAN)] | None = None
    """Only these frames, as `start:end` with the end left out, for a quick try. Each keeps its number in the
    movie as `original_frame` in its metadata; steps count the frames that they get, from 0."""
    strict: bool = False
    """Refuse a movie that is incomplete or damaged, or a folder of unlike images, in place of a warning."""

    def options(self) -> Json:
        """What `playnano.load` takes, beyond the path."""
        options = self.model_dump(exclude={"path", "frames"})
        return options | {"frames": self._span()}

    def _span(self) -> tuple[int | None, int | None] | None:
        if self.frames is None:
            return None
        start, end = (int(part) if part else None for part in self.frames.split(":"))
        return start, end


def checked_options(options: Mapping[str, Any]) -> Json:
    """The options of `playnano.load`, checked as a recipe's `input` is.

    Raises
    ------
    ReadError
        For an unknown option or a wrong value, in the words of a recipe.
    """
    try:
        return Input.model_validate(options).options()
    except ValidationError as error:
        raise ReadError("; ".join(fault_texts(error.errors(), _not_an_option))) from None


def _not_an_option(key: str) -> str:
    options = [name for name in Input.model_fields if name != "path"]
    return f"'{key}' is not an option of load (it takes: {', '.join(options)})"

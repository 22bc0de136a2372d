"""How pictures look: the settings that all of them share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from playnano.errors import PlaynanoError
from playnano.kernels.rectangles import Region
from playnano.model import HeightUnit, Model, Nm, Pixels
from playnano.rendering.colormaps import DEFAULT_CMAP, check_name
from playnano.rendering.timestamps import TimeUnit


def _checked_colormap(name: str) -> str:
    try:
        check_name(name)
    except PlaynanoError as error:
        raise ValueError(str(error)) from None
    return name


ColormapName = Annotated[str, AfterValidator(_checked_colormap)]
Percent = Annotated[float, Field(ge=0, le=100)]
Offset = Annotated[Pixels, Field(ge=0)]
Size = Annotated[Pixels, Field(ge=1)]


class Look(Model):
    """How heights become a picture, and what is drawn on it."""

    cmap: ColormapName = DEFAULT_CMAP
    """Colormap: afm_brown, playnano_gold, classic_afm or any of matplotlib's; `_r` at its end reverses it."""
    zmin: HeightUnit | Literal["auto"] = "auto"
    """Height of the darkest colour; `auto` is the lower of `percentiles`, over the good frames."""
    zmax: HeightUnit | Literal["auto"] = "auto"
    """Height of the lightest colour; `auto` is the upper of `percentiles`, over the good frames."""
    percentiles: Annotated[tuple[Percent, Percent], Strict(False)] = (1.0, 99.0)
    """Percentiles of the heights that `auto` stands for: [0, 100] is from the lowest to the highest."""
    zscale: Literal["movie", "frame"] = "movie"
    """Whether `auto` uses the whole movie, so that colours are comparable, or each frame separately."""
    region: (
        Annotated[tuple[Offset, Offset, Size, Size], Strict(False), Field(examples=[[2, 2, 8, 8]])] | None
    ) = None
    """Part of the frames that is drawn, in pixels of the frames: [top, left, height, width]; `auto` bounds of
    the z-range are those of the whole frames."""
    timestamp: bool = True
    """Draw each frame's time."""
    time_unit: TimeUnit = "auto"
    """How times are written: `12.3 ms`, `18.1 s`, `1:02.5 min`, `1:02:05 h`; `auto`: ms below a second,
    h from an hour on, else s."""
    scale_bar: bool = True
    """Draw a scale bar."""
    scale_bar_nm: Annotated[Nm, Field(gt=0)] | Literal["auto"] | None = None
    """Length of the scale bar; `auto`: a round one near a fifth of the width. By default 100 nm."""
    colour_bar: bool = False
    """Draw a colour bar at the right of the picture."""
    speed_label: bool = False
    """Show how many times faster than real time the movie plays."""
    text: Annotated[str, Field(max_length=500)] | None = None
    """Any text, drawn at the top left."""
    overlay: Annotated[tuple[str, ...], Strict(False)] = ()
    """Tables of positions that are drawn on the pictures: outlines, numbers, and the ways of tracks. Features
    of a mask have their true outline where the mask is stored, else a circle."""
    overlay_colour: Annotated[str, Field(min_length=1)] | None = None
    """Column of the tables that colours stand for, such as `height_max_nm`: 7 steps from dark blue to yellow,
    from its 2nd to its 98th percentile. By default each track or feature has a colour of its own."""
    overlay_labels: bool = True
    """Write the number of each track or feature beside it, where there are at most 60 in the frame."""
    overlay_tail: Annotated[int, Field(ge=0, le=100_000)] = 10
    """How many frames the drawn way of a track goes back."""
    enlarge: Literal["nearest", "bicubic"] = "nearest"
    """Interpolation used for enlargement."""
    min_height: Annotated[Pixels, Field(ge=16, le=8192)] = 512
    """Smaller pictures are enlarged by a whole number."""

    def part(self, shape: tuple[int, int]) -> Region:
        """The region of frames of this shape that is drawn: all of it by default."""
        return Region(0, 0, *shape) if self.region is None else Region(*self.region)

    def check_region(self, shape: tuple[int, int]) -> None:
        """Check that the region lies within frames of this shape.

        Raises
        ------
        PlaynanoError
            Where it does not.
        """
        part = self.part(shape)
        if part.top + part.height > shape[0] or part.left + part.width > shape[1]:
            bottom, right = part.top + part.height, part.left + part.width
            raise PlaynanoError(
                f"region: lines {part.top} to {bottom} and columns {part.left} to {right} are not within "
                f"the frames of {shape[0]} x {shape[1]} px",
                settings=("region",),
            )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Look":
        both_given = self.zmin != "auto" and self.zmax != "auto"
        if self.zmin != "auto" and self.zmax != "auto" and self.zmin >= self.zmax:
            text = f"zmin ({self.zmin:g}) must be less than zmax ({self.zmax:g})"
            raise ValueError(text)
        if self.percentiles[0] >= self.percentiles[1]:
            text = "percentiles: the first must be less than the second, as in [0.1, 99.9]"
            raise ValueError(text)
        if self.colour_bar and self.zscale == "frame" and not both_given:
            text = "a colour bar holds for the whole movie: it needs 'zscale: movie', or zmin and zmax"
            raise ValueError(text)
        return self

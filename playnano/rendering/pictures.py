"""The pictures of a movie: palette indices, made on demand."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playnano.model import Json
from playnano.quality import judged
from playnano.rendering.annotations import font_size
from playnano.rendering.colormaps import Colours8
from playnano.rendering.colour_bar import colour_bar
from playnano.rendering.glyphs import Indices
from playnano.rendering.layout import PictureLayout, known_times, pixel_sizes, planned
from playnano.rendering.look import Look
from playnano.rendering.overlay import Overlay, overlay
from playnano.rendering.palette import MAP_COLOURS, NAN, OVERLAY, palette
from playnano.rendering.zrange import Bound, ZRange, frame_range, movie_range, ordinal
from playnano.stack.frames import Image, checked_index
from playnano.stack.stack import AFMImageStack


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a movie, by the frame's number; made by `pictures`. Safe to use from many threads."""

    stack: AFMImageStack
    look: Look
    plan: PictureLayout
    palette: Colours8
    """The colours that indices stand for, uint8 (256, 3)."""
    zrange: ZRange | None
    """The range of all frames; None where each has its own."""
    band: Indices | None
    """The colour bar at the right of every picture."""
    overlay: Overlay | None
    """What was measured, drawn on every picture."""
    notes: tuple[str, ...]
    """Notes for the user."""
    counted: NDArray[np.int64] = field(repr=False)
    """(frames, 3): numbers below and above the range and numbers in all, of the frames drawn so far."""
    ranges: NDArray[np.float64] = field(repr=False)
    """(frames, 2): the range of each frame drawn so far."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width) of the pictures, px."""
        height, width = self.plan.enlargement.picture
        return len(self.stack), height, width + (0 if self.band is None else self.band.shape[1])

    @property
    def pixel_size_nm(self) -> tuple[float | None, float | None]:
        """Height and width of a pixel of the pictures, nm; None where not known."""
        scale = [
            before / after
            for before, after in zip(self.plan.enlargement.image, self.plan.enlargement.picture, strict=True)
        ]
        y, x = self.stack.pixel_size_y_nm, self.stack.pixel_size_nm
        return y * scale[0] if y else None, x * scale[1] if x else None

    def __len__(self) -> int:
        return len(self.stack)

    def __getitem__(self, index: int) -> Indices:
        """The picture of a frame, indices into the palette, uint8 (height, width); a new array each time."""
        index = checked_index(index, len(self))
        image = self.stack[index]
        zrange = self.zrange or frame_range(image, self.look.zmin, self.look.zmax, self.look.percentiles)
        self.ranges[index] = zrange.zmin, zrange.zmax
        image = image[self.look.part(image.shape).slices]
        self.counted[index] = clipped(image, zrange)
        picture = self._enlarged(image, zrange)
        if self.overlay is not None:
            picture = picture.copy() if self.plan.enlargement.is_identity else picture
            self.overlay.draw(picture, index)
        picture = self._with_band(picture)
        self.plan.drawing.draw(picture, index)
        return picture

    def _enlarged(self, image: Image, zrange: ZRange) -> Indices:
        """Heights are scaled, then coloured; for `nearest` both orders are the same, and bytes less work."""
        enlargement = self.plan.enlargement
        if enlargement.is_identity:
            return coloured(image, zrange, self.map_colours)
        if self.look.enlarge == "bicubic":
            return coloured(enlargement.bicubic(image), zrange, self.map_colours)
        return enlargement.nearest(coloured(image, zrange, self.map_colours))

    @property
    def map_colours(self) -> int:
        """How many colours of the palette stand for heights."""
        return MAP_COLOURS if self.overlay is None else OVERLAY

    def _with_band(self, picture: Indices) -> Indices:
        return picture if self.band is None else np.concatenate([picture, self.band], axis=1)

    @property
    def record(self) -> Json:
        """How the pictures were made, as plain values; clipped pixels are those of frames drawn so far."""
        below, above, numbers = (int(count) for count in self.counted.sum(axis=0))
        drawing, enlargement = self.plan.drawing, self.plan.enlargement
        return {
            "cmap": self.look.cmap,
            "unit": self.stack.unit,
            **self._range_record(),
            "clipped_below": below / numbers if numbers else 0.0,
            "clipped_above": above / numbers if numbers else 0.0,
            "region": None if self.look.region is None else list(self.look.region),
            "height": self.shape[1],
            "width": self.shape[2],
            "enlarged_by": enlargement.factor,
            "enlarge": self.look.enlarge,
            "stretched": [
                after / before for before, after in zip(enlargement.image, enlargement.picture, strict=True)
            ],
            "scale_bar": self.plan.bars.record() if self.plan.bars else None,
            "timestamp": drawing.time is not None,
            "speed": drawing.annotations.speed,
            "text": self.look.text,
            "overlay": list(self.look.overlay),
            "overlay_colour": self.look.overlay_colour,
        }

    def _from(self, bound: Bound, side: int) -> str:
        """Where a bound of the range comes from."""
        return f"{ordinal(self.look.percentiles[side])} percentile" if bound == "auto" else "given"

    def _range_record(self) -> Json:
        if self.zrange is None:
            own = self.ranges[np.isfinite(self.ranges[:, 0])].tolist()
            return {"zscale": "frame", "zmin": None, "zmax": None, "z_ranges": own, "left_out_frames": []}
        return {
            "zscale": "movie",
            "zmin": self.zrange.zmin,
            "zmax": self.zrange.zmax,
            "zmin_from": self._from(self.look.zmin, 0),
            "zmax_from": self._from(self.look.zmax, 1),
            "left_out_frames": list(self.zrange.left_out),
        }


def check_look(stack: AFMImageStack, look: Look, *, needs_time_for_speed: bool = False) -> None:
    """Check that pictures can be drawn, before a frame is computed.

    Parameters
    ----------
    needs_time_for_speed : bool
        Whether frames are to be shown as long as they took.

    Raises
    ------
    PlaynanoError
        In one line, with the setting that supplies the missing value or does without it.
    """
    planned(stack, look)
    if needs_time_for_speed:
        known_times(stack, "`timing: fps`")


def pictures(stack: AFMImageStack, look: Look, fps: float | None = None, threads: int = 1) -> Pictures:
    """The pictures of a stack. Looks at every frame, where the z-range is to be found.

    Parameters
    ----------
    fps : float, optional
        Frames per second at which they will be played: for the speed label.

    Raises
    ------
    PlaynanoError
        Where something that is to be drawn is not known or does not fit, or no pixel holds a height.
    """
    plan = planned(stack, look, fps)
    look.check_region(stack.shape[1:])
    is_fixed = look.zmin != "auto" and look.zmax != "auto"
    stack = judged(stack, threads)
    by_frame = look.zscale == "frame" and not is_fixed
    zrange = None if by_frame else movie_range(stack, look.zmin, look.zmax, threads, look.percentiles)
    drawn = _overlay(stack, look, plan)
    notes = (*plan.notes, *_left_out_notes(zrange, len(stack)), *(drawn.notes if drawn else ()))
    colours = palette(look.cmap, overlay=bool(look.overlay), stepped=look.overlay_colour is not None)
    return Pictures(
        stack, look, plan, colours, zrange, _band(stack, look, plan, zrange), drawn, notes,
        counted=np.zeros((len(stack), 3), np.int64), ranges=np.full((len(stack), 2), np.nan),
    )  # fmt: skip


def _overlay(stack: AFMImageStack, look: Look, plan: PictureLayout) -> Overlay | None:
    part, sizes_nm = look.part(stack.shape[1:]), pixel_sizes(stack)
    return overlay(
        stack,
        look.overlay,
        part,
        plan.enlargement.picture,
        sizes_nm,
        tail=look.overlay_tail,
        labels=look.overlay_labels,
        colour_by=look.overlay_colour,
    )


def _band(stack: AFMImageStack, look: Look, plan: PictureLayout, zrange: ZRange | None) -> Indices | None:
    if not look.colour_bar or zrange is None:
        return None
    shape = plan.enlargement.picture
    return colour_bar(
        shape[0],
        min(font_size(shape), plan.drawing.size),
        zrange.zmin,
        zrange.zmax,
        stack.unit,
        OVERLAY if look.overlay else MAP_COLOURS,
    )


def _left_out_notes(zrange: ZRange | None, count: int) -> tuple[str, ...]:
    left_out = len(zrange.left_out) if zrange else 0
    if not left_out:
        return ()
    if left_out == count:
        return ("no frame is good: each is lost, partial or blank",)
    what = "is" if left_out == 1 else "are"
    return (f"{left_out} of {count} frames {what} lost, partial or blank and left out of the z-range",)


def coloured(image: Image, zrange: ZRange, colours: int = MAP_COLOURS) -> Indices:
    """Heights as palette indices, uint8 of the same shape; NaN and infinities get the colour of NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = image - zrange.zmin
        scaled *= colours / (zrange.zmax - zrange.zmin)
    np.clip(scaled, 0, colours - 1, out=scaled)
    valid = np.isfinite(image)
    if valid.all():
        return scaled.astype(np.uint8)
    return np.where(valid, np.where(valid, scaled, 0).astype(np.uint8), np.uint8(NAN))


def clipped(image: Image, zrange: ZRange) -> tuple[int, int, int]:
    """How many heights lie below the range, how many above, and how many there are; none in a blank frame."""
    low, high = float(np.min(image)), float(np.max(image))
    if low == high:
        return 0, 0, 0
    valid = np.isfinite(image) if not np.isfinite(high - low) else None
    heights = image if valid is None else image[valid]
    below = int(np.count_nonzero(heights < zrange.zmin)) if not low >= zrange.zmin else 0
    above = int(np.count_nonzero(heights > zrange.zmax)) if not high <= zrange.zmax else 0
    return below, above, heights.size

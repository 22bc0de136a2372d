"""What is settled before a frame is computed: sizes, annotations and their places, what must be refused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.kernels.resampling import Enlargement
from playnano.model import Json
from playnano.rendering.annotations import Annotations, Drawing, arranged
from playnano.rendering.look import Look
from playnano.rendering.overlay import check_overlay
from playnano.rendering.scale_bar import BarLength, bar_length, length_text
from playnano.rendering.timestamps import Clock
from playnano.stack.stack import AFMImageStack

Sizes = NDArray[np.float64]
_NO_TIMESTAMP = "`timestamp: false`"


@dataclass(frozen=True)
class Bars:
    """The scale bars of a movie: one length, and how many pixels of each frame's picture that is."""

    length: BarLength
    px: tuple[int, ...]
    nm_per_px: Sizes
    """Width of the pictures' pixels, one per frame."""

    @property
    def differ(self) -> bool:
        """Whether they are not equally long on all pictures."""
        return len(set(self.px)) > 1

    def notes(self) -> tuple[str, ...]:
        """Notes for the user."""
        own = "the pixel size changes from frame to frame: each has a scale bar of its own"
        return (*([self.length.note] if self.length.note else []), *([own] if self.differ else []))

    def record(self) -> Json:
        """Requested and drawn length, as plain values."""
        return {
            "nm": self.length.nm,
            "px": self.px[0],
            "drawn_nm": self.px[0] * float(self.nm_per_px[0]),
            "differs_between_frames": self.differ,
        }


@dataclass(frozen=True)
class PictureLayout:
    """How the frames of a stack become pictures."""

    enlargement: Enlargement
    drawing: Drawing
    bars: Bars | None
    notes: tuple[str, ...]


def planned(stack: AFMImageStack, look: Look, fps: float | None = None) -> PictureLayout:
    """The plan for a stack, without computing a frame.

    Raises
    ------
    PlaynanoError
        In one line, where something that is to be drawn is not known or does not fit.
    """
    if len(stack) == 0:
        raise PlaynanoError("there are no frames to draw")
    check_overlay(stack, look.overlay, look.overlay_colour)
    part = look.part(stack.shape[1:])
    enlargement = Enlargement.of((part.height, part.width), pixel_aspect(stack), look.min_height)
    _check_known(stack, look)
    bars = _bars(stack, look, enlargement) if look.scale_bar else None
    shows_time = look.timestamp and not _is_alone(stack)
    clock = Clock.of(known_times(stack, _NO_TIMESTAMP), look.time_unit) if shows_time else None
    speed = _speed(stack, fps) if look.speed_label else None
    annotations = Annotations(
        times=tuple(clock.text(time) for time in stack.timestamps) if clock else (),
        bars=tuple((px, bars.length.label) for px in bars.px) if bars else (),
        speed=speed,
        text=look.text,
    )
    silent = (
        ("there is no speed label: it needs two frames and a frame rate",)
        if look.speed_label and not speed
        else ()
    )
    notes = (*(bars.notes() if bars else ()), *silent)
    return PictureLayout(enlargement, arranged(annotations, enlargement.picture), bars, notes)


def _is_alone(stack: AFMImageStack) -> bool:
    """Whether it is one image without a time, which needs none."""
    return len(stack) == 1 and not np.isfinite(stack.timestamps).any()


def _check_known(stack: AFMImageStack, look: Look) -> None:
    """Refuse a movie of which neither pixel size nor times are known, naming both at once."""
    no_size = look.scale_bar and not np.isfinite(pixel_sizes(stack)).all()
    no_times = look.timestamp and not _is_alone(stack) and not np.isfinite(stack.timestamps).all()
    if no_size and no_times:
        raise PlaynanoError(
            "the pixel size and the times of the frames are not known: set `pixel_size_nm` and "
            "`frame_interval_s` of the input, or `scale_bar: false` and `timestamp: false`",
            settings=("pixel_size_nm", "frame_interval_s", "scale_bar", "timestamp"),
        )


def pixel_aspect(stack: AFMImageStack) -> float:
    """Height of a pixel in its widths; 1 where one of them is not known."""
    if not stack.pixel_size_nm or not stack.pixel_size_y_nm:
        return 1.0
    return stack.pixel_size_y_nm / stack.pixel_size_nm


def known_times(stack: AFMImageStack, otherwise: str) -> Sizes:
    """The frames' times, s.

    Parameters
    ----------
    otherwise : str
        The setting that does without times, as a recipe has it: "`timestamp: false`".

    Raises
    ------
    PlaynanoError
        Where one is not known.
    """
    times = stack.timestamps
    if len(times) != len(stack) or not np.isfinite(times).all():
        raise PlaynanoError(
            f"the times of the frames are not known: set `frame_interval_s` of the input, or {otherwise}",
            settings=("frame_interval_s", otherwise.strip("`").partition(":")[0]),
        )
    return times


def _bars(stack: AFMImageStack, look: Look, enlargement: Enlargement) -> Bars:
    sizes = pixel_sizes(stack)
    if not np.isfinite(sizes).all():
        raise PlaynanoError(
            "the pixel size is not known: set `pixel_size_nm` of the input, or `scale_bar: false`",
            settings=("pixel_size_nm", "scale_bar"),
        )
    length = bar_length(look.scale_bar_nm, float(sizes.min()) * enlargement.image[1])
    nm_per_px = sizes * (enlargement.image[1] / enlargement.picture[1])
    px = tuple(int(count) for count in np.rint(length.nm / nm_per_px))
    if min(px) < 1:
        raise PlaynanoError(
            f"a scale bar of {length.label} is shorter than a pixel ({length_text(nm_per_px.max())}); "
            "set a larger `scale_bar_nm`",
            settings=("scale_bar_nm",),
        )
    return Bars(length, px, nm_per_px)


def pixel_sizes(stack: AFMImageStack) -> Sizes:
    """Each frame's pixel size along x, nm; NaN where it is not known."""
    own = [metadata.get("frame_pixel_size_nm") for metadata in stack.frame_metadata] or [None] * len(stack)
    sizes = [stack.pixel_size_nm if size is None else size for size in own]
    return np.array([size if size else np.nan for size in sizes], float)


def _speed(stack: AFMImageStack, fps: float | None) -> str | None:
    """How many times faster than in life the movie plays, as text; None where it does not play."""
    times = known_times(stack, "`speed_label: false`")
    if fps is None or len(times) < 2 or times[-1] <= times[0]:
        return None
    return speed_text(fps * float(times[-1] - times[0]) / (len(times) - 1))


def speed_text(speed: float) -> str:
    """`x 4.0`, with a real multiplication sign."""
    decimals = 0 if speed >= 99.95 else 1 if speed >= 0.95 else 2
    number = f"{speed:.{decimals}f}" if speed >= 0.1 else f"{speed:.2g}"
    return f"\N{MULTIPLICATION SIGN} {number}"

"""Drift: shift each frame so that the scene stands still."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.errors import PlaynanoError, StepError
from playnano.kernels.alignment import Alignment, aligned, rolling
from playnano.kernels.canvas import CanvasMode, canvas
from playnano.kernels.drift_path import Flags, Points, velocities
from playnano.kernels.likeness import likeness
from playnano.kernels.registration import DECIMALS, Scale
from playnano.kernels.tracking import KeptCopies, Limits
from playnano.model import Px
from playnano.quality import judging
from playnano.stack.chain import Maker
from playnano.stack.frames import Frames
from playnano.stack.metadata import FrameMetadata
from playnano.stack.numbering import table_numbers
from playnano.stack.parallel import one_thread_blas
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column
from playnano.steps.aligned_frames import AlignedFrames
from playnano.steps.base import Extent, StackStep
from playnano.steps.drift_file import read_drift
from playnano.steps.drift_notes import alignment_notes, not_found_note

_NO_CONTACT = ("lost", "blank")


@dataclass(frozen=True)
class EstimatedDrift:
    """The path of a movie, measurements on its frames, and notes about it."""

    path: Points
    """(frames, 2): shift along y and x in px."""
    success: Flags
    measured: tuple[Mapping[str, float], ...]
    estimation: Mapping[str, Any]
    notes: tuple[str, ...] = ()


class _Aligning(StackStep):
    """What the two ways of aligning share."""

    moves_pixels: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (
        Column("shift_y", "px", "shift of the frame along y"),
        Column("shift_x", "px", "shift of the frame along x"),
        Column("found", "1", "1 where the frame was found, 0 where its shift is interpolated"),
        Column("confidence", "1", "correlation of the slopes of frame and mosaic; 0 where not found"),
        Column("fixed_y", "1", "1 where the scene fixes the shift along y, else 0"),
        Column("fixed_x", "1", "1 where the scene fixes the shift along x, else 0"),
        Column("rival", "1", "height of the second best shift over that of the best"),
        Column("moving_share", "1", "share of the image that differs from the mosaic"),
    )
    revision: ClassVar[int] = 4
    mode: CanvasMode = "pad"
    """`pad` keeps all pixels (empty: NaN), `crop` those of all frames, `crop_square` a square of them."""
    max_shift: Annotated[Px, Field(gt=0)] | None = None
    """A frame further away than this is taken as not found."""
    pre_filter_sigma: Annotated[Px, Field(ge=0, le=100)] = 1.5
    """Smoothing of the copies that shifts are found by; the images themselves are not smoothed."""
    max_jump: Annotated[Px, Field(gt=0)] | None = None
    """A frame further than this from the last one found is taken as not found (per frame between them)."""
    correct_shear: bool = False
    """Rows are recorded one after the other while the scene drifts: undo the shear that this makes."""

    def extent(self, before: Extent) -> Extent:
        return replace(before, height=None, width=None)

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        stack = spool(judging(stack))  # nothing to do where the runner has done it
        drift = self.drift(stack)
        record = self._new_record(stack).model_copy(
            update={"notes": list(drift.notes), "estimation": dict(drift.estimation)}
        )
        maker = Maker(record.name, len(stack.provenance.steps))
        after = stack.made_of(self._shifted(stack, drift), stack.frame_metadata, maker, record)
        heard = tuple(f"{record.name}: {note}" for note in drift.notes)
        return replace(after, warnings=(*stack.warnings, *heard))

    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        return self._shifted(stack, self.drift(stack)), stack.frame_metadata

    def drift(self, stack: AFMImageStack) -> EstimatedDrift:
        """The shift of each frame."""
        self.extent(Extent(*stack.shape))
        scale = Scale.of(stack.shape[1:], self.pre_filter_sigma)

        copy = KeptCopies(lambda index: scale.copy(stack[index]))
        usable = [i for i, m in enumerate(stack.frame_metadata) if m.get("quality") not in _NO_CONTACT]
        with one_thread_blas():
            alignment = self._alignment(copy, usable, len(stack), scale)
            alike = likeness(copy, alignment, scale)
        return _estimated(alignment, scale.factor, self.max_jump, alike)

    @abstractmethod
    def _alignment(self, copies: Any, usable: Sequence[int], length: int, scale: Scale) -> Alignment:
        """The registrations of a movie of this length."""

    def _limits(self, scale: Scale) -> Limits:
        shift, jump = (None if v is None else v / scale.factor for v in (self.max_shift, self.max_jump))
        return Limits(shift, jump)

    def _shifted(self, stack: AFMImageStack, drift: EstimatedDrift) -> AlignedFrames:
        _, height, width = stack.shape
        moves, within = list(drift.path), None
        if self.correct_shear:
            within = _drift_within(drift.path, drift.success, stack.frame_metadata)
            within *= _order_of_rows(stack)
            moves = [*(drift.path - within / 2), *(drift.path + within / 2)]
        region = canvas(moves, height, width, self.mode)
        return AlignedFrames(stack.frames, drift.path, region, drift.measured, within)


class AlignFrames(_Aligning):
    """Shift every frame onto a reference frame.

    Outward from the reference frame, each frame is registered with a mosaic of the frames registered so far,
    and once more with a mosaic of all frames: their mean or, where things move, their median. Each shift is
    judged: a frame whose slopes do not agree with those of the mosaic, or that lies away from both of its
    neighbours, is not found. It enters no mosaic, and its shift is interpolated; an axis along which the
    scene fixes nothing is held. The images are moved once, by cubic splines that do not overshoot (whole
    pixels are copied). Takes about 25 ms per frame of 512 x 512, for the correlation of all shifts, two fits
    and the splines.

    Measures each frame's shift in px; `confidence`, the correlation of the slopes of frame and mosaic, 0
    where not found; `found`, `fixed_y` and `fixed_x`, 1 or 0; `rival`, the height of the second best shift
    over that of the best; and `moving_share`, the share of the image that differs from the mosaic.

    References
    ----------
    B. D. Lucas and T. Kanade, "An iterative image registration technique with an application to stereo
    vision", IJCAI 674 (1981); D. Padfield, "Masked object registration in the Fourier domain", IEEE Trans.
    Image Process. 21, 2706 (2012).
    """

    step: Literal["align_frames"] = "align_frames"
    reference_frame: Annotated[int, Field(ge=0)] | None = None
    """Number of the frame that stays, counted from 0 among those the step gets; else the first good one."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """Use the shifts of this CSV file: a table of `frames-csv`, or `frame`, `shift_y`, `shift_x` in px."""

    def extent(self, before: Extent) -> Extent:
        if before.at_least:  # frames are counted when they are aligned
            return super().extent(before)
        if self.reference_frame is not None and self.reference_frame >= before.frames:
            span = f"the movie has {before.frames} (0 to {before.frames - 1})"
            raise StepError(f"there is no frame {self.reference_frame}: {span}")
        if self.path is not None:
            read_drift(self.path, None)  # which frames are left is known when they are aligned
        return super().extent(before)

    def drift(self, stack: AFMImageStack) -> EstimatedDrift:
        """The shift of each frame, from the images or from a file."""
        if self.path is None:
            return super().drift(stack)
        return self._stated(self.path, table_numbers(stack).tolist())

    def _stated(self, file: str, numbers: Sequence[int]) -> EstimatedDrift:
        stated = read_drift(file, numbers)
        path = stated.path
        if self.reference_frame is not None:
            path = path - path[self.reference_frame]
        measured = tuple({"found": float(success)} for success in stated.success)
        notes = () if stated.success.all() else (not_found_note(stated.success),)
        return EstimatedDrift(path, stated.success, measured, {"path_sha256": stated.sha256}, notes)

    def _alignment(self, copies: Any, usable: Sequence[int], length: int, scale: Scale) -> Alignment:
        middle = self.reference_frame
        if middle is not None and (middle not in usable or copies(middle) is None):
            raise PlaynanoError(f"frame {middle} shows nothing to align by; choose another reference_frame")
        return aligned(copies, usable, length, scale, self._limits(scale), middle)


class RollingFrameAlign(_Aligning):
    """Shift every frame onto the mean of the aligned frames before it.

    For scenes that change: the reference is never older than the window. The first good frame stays where
    it is. Otherwise as `align_frames`, and measures the same. Takes about 15 ms per frame of 512 x 512,
    for the correlation of all shifts, a fit and the splines.
    """

    step: Literal["rolling_frame_align"] = "rolling_frame_align"
    window: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many aligned frames before it a frame is compared with."""

    def _alignment(self, copies: Any, usable: Sequence[int], length: int, scale: Scale) -> Alignment:
        return rolling(copies, usable, length, scale, self._limits(scale), self.window)


def _estimated(
    alignment: Alignment, factor: int, max_jump: float | None, alike: tuple[float, float] | None
) -> EstimatedDrift:
    success = alignment.success
    measured = tuple(
        {
            "confidence": one.confidence,
            "found": float(one.success),
            "fixed_y": float(one.fixed[0]),
            "fixed_x": float(one.fixed[1]),
            "rival": one.rival,
            "moving_share": one.standing_out,
        }
        for one in alignment.registrations
    )
    estimation = {
        "reference_frame": alignment.reference,
        "mosaic": alignment.mosaic,
        "not_found": np.flatnonzero(~success).tolist(),
        "change_px": round(alignment.change * factor, DECIMALS),
        "likeness_before": None if alike is None else alike[0],
        "likeness_after": None if alike is None else alike[1],
    }
    path = np.round(alignment.path * factor, DECIMALS) + 0.0
    notes = tuple(alignment_notes(alignment, factor, max_jump, alike))
    return EstimatedDrift(path, success, measured, estimation, notes)


def _drift_within(path: Points, success: Flags, metadata: Sequence[FrameMetadata]) -> Points:
    """How far the scene drifts from the first row of each frame to its last; (frames, 2), px."""
    within = velocities(path, success)
    for index, frame in enumerate(metadata):
        within[index] *= _recording_share(metadata, index)
        if frame.get("scan_direction") == "up":
            within[index] *= -1
    return within


def _order_of_rows(stack: AFMImageStack) -> float:
    """1 where rows lie in the order in which they were recorded, as far as steps before go; else -1.

    Raises
    ------
    StepError
        Where a step before has turned rows to columns.
    """
    corners = np.array([[0, 1], [2, 3]])  # what steps did to the order of rows, they do to this
    for record in stack.provenance.all_steps():
        if record.step == "rotate90":
            corners = np.rot90(corners, int(record.parameters["turns"]))
        elif record.step in ("vertical_flip", "horizontal_flip"):
            corners = np.flip(corners, 0 if record.step == "vertical_flip" else 1)
    down = int(corners[1, 0] - corners[0, 0])
    if abs(down) == 1:
        raise StepError("correct_shear: rotate90 has turned rows to columns; put it after this step")
    return 1.0 if down > 0 else -1.0


def _recording_share(metadata: Sequence[FrameMetadata], index: int) -> float:
    """Share of the time from one frame to the next in which rows are recorded; 1 where it is not stated."""
    duration = metadata[index].get("frame_duration_s")
    other = metadata[index + 1 if index + 1 < len(metadata) else index - 1]
    times = [frame.get("timestamp") for frame in (metadata[index], other)]
    if not isinstance(duration, float) or not all(isinstance(time, int | float) for time in times):
        return 1.0
    interval = abs(float(times[1] or 0) - float(times[0] or 0))
    return min(1.0, duration / interval) if interval > 0 and duration > 0 else 1.0

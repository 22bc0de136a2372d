"""Small movies of tracks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import MeasureError
from playnano.kernels.patches import patch
from playnano.measurements.base import (
    FRAME_COLUMNS,
    ImageMeasure,
    MeasuredResult,
    OfTable,
    TableName,
    pixel_nm,
)
from playnano.measurements.tracks import TRACK, each_track
from playnano.model import Nm
from playnano.stack.frames import Image
from playnano.stack.lazy import FrameImages
from playnano.stack.measured_images import FRAME, MeasuredImages, X, Y, pixel_positions
from playnano.stack.numbering import table_numbers, table_places
from playnano.stack.parallel import ahead, tasks
from playnano.stack.scratch import Scratch, StoredImages
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_TIMES_IMAGE = 4
"""Times the image that a box may be wide or high: beyond, a size in another unit was meant."""


@dataclass(frozen=True)
class Box:
    """Where the crop of one track lies in each of its frames."""

    track: int
    frames: Integers
    detected: NDArray[np.bool_]
    """Whether the track is seen in the frame; else the box lies between those where it is."""
    corners: Integers
    """(frames, 2): row and column of the first pixel, maybe outside the image."""
    shape: tuple[int, int]


class Crops(OfTable, ImageMeasure):
    """A small movie of each track: what lies in a box around it, frame by frame.

    Pixels are copied as they are; those outside the image are NaN. Where a track has a gap, the box goes on
    straight from where it was last seen to where it is seen again. Exports write the movies of all tracks
    with `of`, for example `{format: gif, of: crops}`.
    """

    order: ClassVar[str] = "track, then frame"
    needs: ClassVar[tuple[str, ...]] = ("track", "frame", "y_nm", "x_nm")
    nothing: ClassVar[str] = "there was no track of `min_frames` frames"

    measure: Literal["crops"] = "crops"
    of: Annotated[TableName, Field(examples=["tracks"])]
    """Table of tracks."""
    size_nm: Annotated[Nm, Field(gt=0)] | None = None
    """Side of a square box. By default the box is tight: as large as the track's largest feature."""
    margin_nm: Annotated[Nm, Field(ge=0)] = 0.0
    """Added on every side."""
    follow: bool = True
    """Move the box with the track; otherwise it stands still, around all of the track's course."""
    min_frames: Annotated[int, Field(ge=1)] = 1
    """Shorter tracks are left out."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            TRACK,
            *FRAME_COLUMNS,
            Column("seen", "", "Whether the track is seen in this frame, or the box lies between", "flag"),
            Column("box_y_px", "px", "First row of the box, maybe outside the image", "integer"),
            Column("box_x_px", "px", "First column of the box, maybe outside the image", "integer"),
            Column("box_height_px", "px", "Rows of the box", "integer"),
            Column("box_width_px", "px", "Columns of the box", "integer"),
        )

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        tracks = [(number, track) for number, track in each_track(stack.tables[self.of])]
        boxes = [self._box(number, track, stack) for number, track in tracks if len(track) >= self.min_frames]
        movies = _cropped(stack, boxes, threads)
        images = {
            str(box.track): MeasuredImages.of(
                movie, _axes(box, stack), stack.unit, "Heights around the track"
            )
            for box, movie in zip(boxes, movies, strict=True)
        }
        return MeasuredResult(images, _rows(boxes, stack))

    def _box(self, number: int, track: Table, stack: AFMImageStack) -> Box:
        detected = table_places(stack, track.column("frame"))
        pixel = np.array([pixel_nm(stack, int(frame)) for frame in detected])
        places = np.stack([track.column("y_nm"), track.column("x_nm")], axis=1) / pixel
        frames = np.arange(detected[0], detected[-1] + 1)
        way = np.stack([np.interp(frames, detected, places[:, axis]) for axis in (0, 1)], axis=1)
        half = self._half(track, pixel[0])
        if self.follow:
            corners, shape = np.rint(way - half).astype(np.int64), np.rint(2 * half).astype(np.int64) + 1
        else:
            first = np.floor(places.min(axis=0) - half).astype(np.int64)
            shape = np.ceil(places.max(axis=0) + half).astype(np.int64) - first + 1
            corners = np.broadcast_to(first, way.shape)
        if (shape > MOST_TIMES_IMAGE * np.array(stack.shape[1:])).any():
            raise MeasureError(f"the box would be {shape[0]} x {shape[1]} px, of images of {stack.shape[1:]}")
        return Box(number, frames, np.isin(frames, detected), corners, (int(shape[0]), int(shape[1])))

    def _half(self, track: Table, pixel: Floats) -> Floats:
        """Half of the box around a place, along y and x in px."""
        margin = self.margin_nm / pixel
        if self.size_nm is not None:
            return np.asarray(self.size_nm / 2 / pixel + margin)
        if {"box_height_px", "box_width_px"} <= set(track.names):
            sides = [track.column(name).max() for name in ("box_height_px", "box_width_px")]
            return np.asarray(np.array(sides) / 2 + margin)
        if "radius_nm" in track.names:
            return np.asarray(track.column("radius_nm").max() / pixel + margin)
        raise MeasureError(f"the table '{self.of}' does not state how large its features are; set `size_nm`")


def _axes(box: Box, stack: AFMImageStack) -> list[tuple[Column, Floats]]:
    pixel = pixel_nm(stack, int(box.frames[0]))
    places = [
        (axis, pixel_positions(n, size)) for axis, n, size in zip((Y, X), box.shape, pixel, strict=True)
    ]
    return [(FRAME, table_numbers(stack)[box.frames].astype(np.float64)), *places]


def _rows(boxes: Sequence[Box], stack: AFMImageStack) -> Rows:
    counts = [len(box.frames) for box in boxes]
    frames = np.concatenate([box.frames for box in boxes] or [np.empty(0, np.int64)])
    corners = np.concatenate([box.corners for box in boxes] or [np.empty((0, 2), np.int64)])
    shapes = np.repeat(np.array([box.shape for box in boxes], np.int64).reshape(-1, 2), counts, axis=0)
    return {
        "track": np.repeat([box.track for box in boxes], counts),
        "frame": table_numbers(stack)[frames],
        "time_s": stack.timestamps[frames] if stack.frame_metadata else np.full(len(frames), np.nan),
        "seen": np.concatenate([box.detected for box in boxes] or [np.empty(0, bool)]),
        "box_y_px": corners[:, 0],
        "box_x_px": corners[:, 1],
        "box_height_px": shapes[:, 0],
        "box_width_px": shapes[:, 1],
    }


def _cropped(stack: AFMImageStack, boxes: Sequence[Box], threads: int) -> list[StoredImages]:
    """The movie in each box, in one scratch file that is filled by one pass over the frames."""
    if not boxes:
        return []
    scratch = Scratch()
    path, dtype = scratch.path(), np.dtype(np.float32)
    lengths = [len(box.frames) * box.shape[0] * box.shape[1] * dtype.itemsize for box in boxes]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(int).tolist()
    try:
        with path.open("wb") as file:
            for place, index, image in _patches(stack, boxes, threads):
                file.seek(starts[place] + index * image.nbytes)
                file.write(np.ascontiguousarray(image, dtype).data)
    except OSError as error:
        raise scratch.full(error) from error
    return [
        StoredImages(path, (len(box.frames), *box.shape), dtype, scratch, offset=start)
        for box, start in zip(boxes, starts, strict=False)
    ]


def _patches(stack: AFMImageStack, boxes: Sequence[Box], threads: int) -> Iterator[tuple[int, int, Image]]:
    """Box, place of the frame in it, and patch: frame after frame."""
    images = FrameImages(stack.frames)

    def several(indices: range) -> list[tuple[int, int, Image]]:
        return [one for index in indices for one in _of_frame(index)]

    def _of_frame(index: int) -> Iterator[tuple[int, int, Image]]:
        here = [(place, box) for place, box in enumerate(boxes) if box.frames[0] <= index <= box.frames[-1]]
        if not here:
            return
        image = images[index].astype(np.float32, copy=False)
        for place, box in here:
            at = index - int(box.frames[0])
            yield place, at, patch(image, tuple(box.corners[at].tolist()), box.shape)

    for some in ahead(several, tasks(images), threads):
        yield from some

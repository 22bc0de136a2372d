"""Images that measures make: arrays whose axes have names, units and values."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from playnano.errors import PlaynanoError
from playnano.stack.frames import Images, LayerImage
from playnano.stack.hashing import FILE_TYPE, as_stored
from playnano.stack.lazy import LayerFrames
from playnano.stack.metadata import FrameMetadata, plain_metadata
from playnano.stack.numbering import table_numbers, table_places
from playnano.stack.provenance import Contents
from playnano.stack.tables import Column, Values

if TYPE_CHECKING:
    from playnano.stack.stack import AFMImageStack

PLACES = ("y_nm", "x_nm")
"""Names of the last two axes of images of the sample."""


@dataclass(frozen=True, repr=False)
class LazyArray:
    """An array in a file, read on first access."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._values, dtype)

    @cached_property
    def _values(self) -> NDArray[Any]:
        return self.read()

    def __repr__(self) -> str:
        return f"<{' x '.join(map(str, self.shape))} {self.dtype}, read on demand>"


@dataclass(frozen=True, repr=False)
class Axis:
    """One axis of images: name, unit and meaning, and the position of each pixel along it."""

    column: Column
    values: Any
    """float64 (length,), or read on demand."""

    @property
    def name(self) -> str:
        """Name with its unit: `time_s`, `distance_nm`."""
        return self.column.name

    @property
    def unit(self) -> str:
        """Empty for a plain number."""
        return self.column.unit

    @property
    def step(self) -> float | None:
        """Distance of neighbouring pixels; None where it is not one distance."""
        steps = np.diff(np.asarray(self.values, np.float64))
        regular = len(steps) > 0 and np.allclose(steps, steps[0], rtol=1e-6, atol=0) and steps[0] != 0
        return float(np.mean(steps)) if regular else None

    def __repr__(self) -> str:
        return f"<Axis {self.name} of {len(self.values)}>"


@dataclass(frozen=True, repr=False)
class MeasuredImages:
    """An image, or a movie, that a measure made: float32 values over axes with names, units and positions.

    `np.asarray` gives all values; those of a movie are read frame by frame when indexed.
    """

    values: Any
    """float32, an array or an `Images`; one axis for each of `axes`, NaN where there is no value."""
    axes: tuple[Axis, ...]
    unit: str
    """Of the values; empty for plain numbers."""
    description: str
    note: str = ""
    """Notes for the user."""

    @classmethod
    def of(
        cls,
        values: NDArray[Any] | Images,
        axes: Sequence[tuple[Column, Values]],
        unit: str,
        description: str,
        note: str = "",
    ) -> "MeasuredImages":
        """Images with these axes, first to last.

        Raises
        ------
        PlaynanoError
            Where an axis does not have as many positions as there are pixels along it.
        """
        lengths = tuple(len(positions) for _, positions in axes)
        if tuple(values.shape) != lengths:
            raise PlaynanoError(f"images of shape {tuple(values.shape)} with axes of {lengths}")
        stored = values.astype(FILE_TYPE) if isinstance(values, np.ndarray) else values
        made = tuple(Axis(column, np.asarray(positions, np.float64)) for column, positions in axes)
        return cls(stored, made, unit, description, note)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return tuple(self.values.shape)

    @property
    def is_movie(self) -> bool:
        """Whether they are images of the sample, one or one after another, on axes in nm."""
        return tuple(axis.name for axis in self.axes[-2:]) == PLACES

    def axis(self, name: str) -> NDArray[np.float64]:
        """Positions along one axis.

        Raises
        ------
        PlaynanoError
            Where there is no such axis.
        """
        for axis in self.axes:
            if axis.name == name:
                return np.asarray(axis.values, np.float64)
        available = ", ".join(axis.name for axis in self.axes)
        raise PlaynanoError(f"there is no axis '{name}' (axes: {available})")

    def pieces(self) -> Iterator[LayerImage]:
        """The values as files hold them, image by image."""
        if len(self.shape) == 2:
            yield as_stored(np.asarray(self.values))
        else:
            yield from (as_stored(self.values[index]) for index in range(len(self.values)))

    def sha256(self) -> str:
        """SHA-256 of the axes, the unit and the values as little-endian bytes."""
        axes = [axis.column.plain() for axis in self.axes]
        head = [axes, list(self.shape), self.unit]
        digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
        for axis in self.axes:
            digest.update(np.ascontiguousarray(axis.values, "<f8").data)
        for piece in self.pieces():
            digest.update(piece.data)
        return digest.hexdigest()

    def movie(self, stack: "AFMImageStack", name: str) -> "AFMImageStack":
        """These images as a stack of their own, measured on `stack`: what exports write.

        Raises
        ------
        PlaynanoError
            Where the axes are not places in nm, evenly spaced.
        """
        if not self.is_movie:
            names = ", ".join(axis.name for axis in self.axes)
            raise PlaynanoError(f"'{name}' is not a movie: its axes are {names}; h5 and npz hold it as it is")
        y, x = (self.axes[-2].step, self.axes[-1].step)
        images: Any = self.values if len(self.shape) == 3 else np.asarray(self.values)[None]
        return replace(
            stack,
            frames=LayerFrames(images),
            unit=self.unit,
            pixel_size_nm=x or stack.pixel_size_nm,
            pixel_size_y_nm=y or stack.pixel_size_y_nm,
            frame_metadata=self._metadata(stack),
            raw_frame_metadata=None,
            judgement=None,
            processed={},
            masks={},
            tables={},
            images={},
            provenance=stack.provenance.model_copy(update={"images": name, "contents": Contents()}),
        )

    def _metadata(self, stack: "AFMImageStack") -> tuple[FrameMetadata, ...]:
        """That of the frames which a movie shows; of a single image, which shows many, its pixel size."""
        if self.axes[0].name == "frame" and stack.frame_metadata:
            places = table_places(stack, self.axes[0].values)
            if (places < 0).any():
                raise PlaynanoError("measured images are of frames that the movie does not have")
            return tuple(stack.frame_metadata[place] for place in places.tolist())
        count = len(self.values) if len(self.shape) == 3 else 1
        return plain_metadata(count, pixel_size_nm=self.axes[-1].step or stack.pixel_size_nm)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype)

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis.name} {len(axis.values)}" for axis in self.axes)
        return f"<MeasuredImages in {self.unit or 'plain numbers'}: {axes}>"


def members(name: str, available: Sequence[str]) -> tuple[str, ...]:
    """Of names of images, those that `name` means: itself, or all that its measure numbered or suffixed."""
    return (name,) if name in available else tuple(n for n in available if n.startswith(f"{name}_"))


def pixel_positions(count: int, size_nm: float) -> NDArray[np.float64]:
    """Positions of pixels from the centre of the first, in nm."""
    return np.asarray(np.arange(count) * size_nm, np.float64)


TIME = Column("time_s", "s", "Time of the frame from that of the first")
FRAME = Column("frame", "", "Number of the frame in the movie as it was read, from 0")
DISTANCE = Column("distance_nm", "nm", "Distance from the start of the line")
Y = Column("y_nm", "nm", "Position along the slow axis")
X = Column("x_nm", "nm", "Position along the fast axis")


def frame_axis(stack: "AFMImageStack", frames: Sequence[int] | range) -> tuple[Column, Values]:
    """The axis of frames: their times, or their numbers where a time is unknown or times do not rise."""
    times = stack.timestamps[list(frames)] if stack.frame_metadata else np.full(len(frames), np.nan)
    rises = bool(np.isfinite(times).all() and (np.diff(times) > 0).all())
    return (TIME, times) if rises else (FRAME, table_numbers(stack)[list(frames)].astype(np.float64))

"""Frames: images with their masks, read or computed when asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Image = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Layer = NDArray[Any]
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Frame:
    """One image (height, width), what is masked on it, and what the latest step measured on it."""

    image: Image
    mask: Mask | None = None
    """True = feature: left out of fits."""
    measured: Mapping[str, float] = field(
        default_factory=lambda: _NOTHING
    )  # 3.11 takes no mappingproxy as default

    def with_image(self, image: Image, **measured: float) -> "Frame":
        """The frame with another image under the same mask."""
        return Frame(image, self.mask, measured)

    def masked(self, mask: Mask) -> "Frame":
        """The frame with more of it masked."""
        return Frame(self.image, mask if self.mask is None else self.mask | mask)

    def background(self) -> Mask:
        """Where the image holds a number that no mask covers; bool (height, width)."""
        valid = np.isfinite(self.image)
        return valid if self.mask is None else valid & ~self.mask


class Frames(Protocol):
    """Random access to frames that are read or computed only when asked for."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Frame: ...


class Images(Protocol):
    """Random access to the images of a layer; `numpy.asarray` reads them all."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, float64 or bool."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Layer: ...
    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Layer: ...


class Stacked:
    """What all lazy sequences of images share: length, iteration and conversion to an array."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int, /) -> Layer:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Layer]:
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Layer:
        whole = np.empty(self.shape, self.dtype if dtype is None else dtype)
        for index in range(len(self)):
            whole[index] = self[index]
        return whole

    def __repr__(self) -> str:
        return f"<{' x '.join(map(str, self.shape))} {self.dtype}, read when asked for>"


@dataclass(frozen=True, repr=False)
class FrameImages(Stacked):
    """The images of frames, without their masks."""

    frames: Frames

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        return self.frames.shape

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        return self.frames.dtype

    def __getitem__(self, index: int, /) -> Layer:
        return self.frames[checked_index(index, len(self))].image


@dataclass(frozen=True)
class ArrayFrames:
    """Frames of an array in memory (frames, height, width); `mask` likewise, of bool."""

    images: Layer
    mask: Layer | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        n, height, width = self.images.shape
        return n, height, width

    @property
    def dtype(self) -> np.dtype[Any]:
        return float_type(self.images.dtype)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int, /) -> Frame:
        image = self.images[index].astype(self.dtype, copy=False)
        return Frame(image, None if self.mask is None else self.mask[index])


@dataclass(frozen=True)
class ReadFrames:
    """Frames that a function reads: `read(index)` gives the image (height, width)."""

    read: Callable[[int], Layer]
    shape: tuple[int, int, int]
    dtype: np.dtype[Any] = np.dtype(np.float32)  # noqa: RUF009

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int, /) -> Frame:
        return Frame(self.read(checked_index(index, len(self))).astype(self.dtype, copy=False))


@dataclass(frozen=True)
class Selection:
    """Some frames of others, in any order."""

    frames: Frames
    indices: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.indices), *self.frames.shape[1:]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frames.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int, /) -> Frame:
        return self.frames[self.indices[index]]


@dataclass(frozen=True)
class LayerFrames:
    """The images of a layer as frames without masks."""

    images: Images

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.images.dtype

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int, /) -> Frame:
        return Frame(self.images[index])


def float_type(dtype: DTypeLike) -> np.dtype[Any]:
    """float32 where that holds every value of `dtype` exactly, else float64."""
    return np.result_type(dtype, np.float32)


def checked_index(index: int, length: int) -> int:
    """`index` counted from the front.

    Raises
    ------
    IndexError
        Where there is no such frame.
    """
    if not -length <= index < length:
        raise IndexError(f"there is no frame {index}: the movie has {length}")
    return index % length

"""Lazy sequences of frames and images: read or computed when indexed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from playnano.stack.frames import Frame, Frames, Images, LayerImage, Mask, checked_index, float_type
from playnano.stack.hashing import MASK_TYPE


class _Shaped:
    """A sequence along the first axis of a shape; subclasses give `shape` and `dtype`, as they like."""

    if TYPE_CHECKING:  # nothing at run time, so that a dataclass may have fields of these names

        @property
        def shape(self) -> tuple[int, int, int]:
            """(frames, height, width)."""

        @property
        def dtype(self) -> np.dtype[Any]:
            """float32, float64 or, of masks, bool."""

    def __len__(self) -> int:
        return self.shape[0]


class LazyFrames(_Shaped):
    """Base of lazy sequences of frames; a subclass has `shape`, `dtype` and `__getitem__`."""

    def __getitem__(self, index: int, /) -> Frame:
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class DerivedFrames(LazyFrames):
    """Base of frames made of others, one by one; of the same shape and type unless overridden."""

    frames: Frames

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return self.frames.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.frames.dtype


class LazyImages(_Shaped):
    """What all lazy sequences of images share: length, iteration and conversion to an array."""

    def __getitem__(self, index: int, /) -> LayerImage:
        raise NotImplementedError

    def __iter__(self) -> Iterator[LayerImage]:
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> LayerImage:
        whole = np.empty(self.shape, self.dtype if dtype is None else dtype)
        for index in range(len(self)):
            whole[index] = self[index]
        return whole

    def __repr__(self) -> str:
        return f"<{' x '.join(map(str, self.shape))} {self.dtype}, read on demand>"


@dataclass(frozen=True, repr=False)
class FrameImages(LazyImages):
    """The images of frames, without their masks."""

    frames: Frames

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.frames.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frames.dtype

    def __getitem__(self, index: int, /) -> LayerImage:
        return self.frames[checked_index(index, len(self))].image


@dataclass(frozen=True, repr=False)
class FrameMasks(LazyImages):
    """The masks of frames; all False where a frame has none."""

    frames: Frames
    dtype: np.dtype[Any] = MASK_TYPE

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return self.frames.shape

    def __getitem__(self, index: int, /) -> LayerImage:
        mask = self.frames[checked_index(index, len(self))].mask
        return np.zeros(self.shape[1:], bool) if mask is None else mask


@dataclass(frozen=True)
class ArrayFrames(LazyFrames):
    """Frames of an array in memory (frames, height, width); `mask` likewise, of bool."""

    images: LayerImage
    mask: LayerImage | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        n, height, width = self.images.shape
        return n, height, width

    @property
    def dtype(self) -> np.dtype[Any]:
        return float_type(self.images.dtype)

    def __getitem__(self, index: int, /) -> Frame:
        image = self.images[index].astype(self.dtype, copy=False)
        return Frame(image, None if self.mask is None else self.mask[index])


@dataclass(frozen=True)
class ReadFrames(LazyFrames):
    """Frames that a function reads: `read(index)` gives the image (height, width), `mask(index)` its mask.

    What is infinite in a file is undefined here: NaN.
    """

    read: Callable[[int], LayerImage]
    shape: tuple[int, int, int]
    dtype: np.dtype[Any] = np.dtype(np.float32)  # noqa: RUF009
    mask: Callable[[int], Mask | None] | None = None

    def __getitem__(self, index: int, /) -> Frame:
        index = checked_index(index, len(self))
        image = self.read(index).astype(self.dtype, copy=False)
        infinite = np.isinf(image)
        if infinite.any():
            image = np.where(infinite, self.dtype.type(np.nan), image)
        return Frame(image, None if self.mask is None else self.mask(index))


@dataclass(frozen=True)
class Selection(DerivedFrames):
    """Some frames of others, in any order."""

    indices: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.indices), *self.frames.shape[1:]

    def __getitem__(self, index: int, /) -> Frame:
        return self.frames[self.indices[index]]


@dataclass(frozen=True)
class LayerFrames(LazyFrames):
    """The images of a layer as frames without masks."""

    images: Images

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.images.dtype

    def __getitem__(self, index: int, /) -> Frame:
        return Frame(self.images[index])

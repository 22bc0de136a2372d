"""Frames: images with their masks, read or computed on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Image = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
LayerImage = NDArray[Any]
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Frame:
    """One image (height, width), its mask, and the latest step's measurements on it."""

    image: Image
    mask: Mask | None = None
    """True = feature: left out of fits."""
    measured: Mapping[str, float] = field(
        default_factory=lambda: _NOTHING
    )  # 3.11 takes no mappingproxy as default
    marked: Mask | None = None
    """Pixels that the latest step marked beside changing the image: a layer of its own."""
    unfitted: str = ""
    """Why the latest step left the frame as it was; empty where it did not."""

    def with_image(self, image: Image, **measured: float) -> "Frame":
        """The frame with another image under the same mask."""
        return Frame(image, self.mask, measured)

    def masked(self, mask: Mask) -> "Frame":
        """The frame with more of it masked."""
        return Frame(self.image, mask if self.mask is None else self.mask | mask)

    def as_it_was(self, reason: str) -> "Frame":
        """The frame, of which a step had nothing to fit."""
        return Frame(self.image, self.mask, unfitted=reason)

    def emptiness(self) -> str:
        """Why there is no background: `every pixel is NaN`, for example; empty where there is some."""
        if self.background().any():
            return ""
        if not np.isfinite(self.image).any():
            return "every pixel is NaN" if np.isnan(self.image).all() else "every pixel is NaN or infinite"
        masked = self.mask is not None and bool(self.mask.all())
        return "every pixel is masked" if masked else "every pixel is masked or NaN"

    def background(self) -> Mask:
        """Where the image holds a number that no mask covers; bool (height, width)."""
        valid = np.isfinite(self.image)
        return valid if self.mask is None else valid & ~self.mask


class Frames(Protocol):
    """Random access to frames that are read or computed only on demand."""

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
    def __getitem__(self, index: int, /) -> LayerImage: ...
    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> LayerImage: ...


def float_type(dtype: DTypeLike) -> np.dtype[Any]:
    """float32 where that holds every value of `dtype` exactly, else float64."""
    return np.result_type(dtype, np.float32)


def checked_index(index: int, length: int) -> int:
    """Normalise a possibly negative index.

    Raises
    ------
    IndexError
        Where there is no such frame.
    """
    if not -length <= index < length:
        raise IndexError(f"there is no frame {index}: the movie has {length}")
    return index % length

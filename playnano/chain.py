"""Steps in a row: what they make of a frame, one frame at a time, when asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playnano.errors import PlaynanoError, StepError
from playnano.frames import Frame, Frames, Layer, Stacked, checked_index


@dataclass(frozen=True)
class Link:
    """One step of a chain: what it makes of a frame, and which layer that leaves."""

    name: str
    position: int
    process: Callable[[Frame], tuple[Frame, Layer]]
    is_mask: bool = False
    makes_source: bool = False
    """Whether the frames that the chain starts from are this step's work."""


@dataclass(frozen=True)
class Chain:
    """Frames with steps done on them, one frame at a time, when asked for."""

    source: Frames
    links: tuple[Link, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.dtype

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.first(index)
        for _, after, _ in self.trace(index, frame):
            frame = after
        return frame

    def first(self, index: int) -> Frame:
        """The frame that the chain starts from.

        Raises
        ------
        StepError
            Where a step that makes it fails, naming step and frame.
        """
        try:
            return self.source[index]
        except Exception as error:
            if self.links and self.links[0].makes_source and not isinstance(error, StepError | IndexError):
                raise StepError(_failure(self.links[0], index, error), self.links[0].position) from error
            raise

    def trace(self, index: int, frame: Frame) -> Iterator[tuple[Link, Frame, Layer]]:
        """Every step's frame and layer, in order.

        Raises
        ------
        StepError
            Where a step fails, naming step and frame.
        """
        for link in self.links:
            try:
                frame, layer = link.process(Frame(frame.image, frame.mask))
            except Exception as error:
                raise StepError(_failure(link, index, error), link.position) from error
            yield link, frame, layer

    def then(self, link: Link) -> "Chain":
        return replace(self, links=(*self.links, link))


@dataclass(frozen=True, repr=False)
class ChainImages(Stacked):
    """The layer that the last step of a chain leaves."""

    chain: Chain

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        return self.chain.shape

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        return np.dtype(bool) if self.chain.links[-1].is_mask else self.chain.dtype

    def __getitem__(self, index: int, /) -> Layer:
        index = checked_index(index, len(self))
        *_, (_, _, layer) = self.chain.trace(index, self.chain.first(index))
        return layer


def _failure(link: Link, index: int, error: Exception) -> str:
    what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
    return f"{link.name} failed on frame {index}: {what}"

"""Steps in a row: what they make of a frame, one frame at a time, on demand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from playnano.errors import NothingToFitError, PlaynanoError, StepError, settings_of
from playnano.stack.frames import Frame, Frames, LayerImage, checked_index
from playnano.stack.lazy import LazyFrames, LazyImages


@dataclass(frozen=True)
class Link:
    """One step of a chain: a function of a frame, and the layer it leaves."""

    name: str
    position: int
    process: Callable[[Frame], tuple[Frame, LayerImage]]
    is_mask: bool = False
    mask_name: str | None = None
    """Name of the layer of what the step marks beside changing the image; None where it marks nothing."""
    leaves: Callable[[int], bool] = frozenset[int]().__contains__
    """Whether the frame of a given number is passed on as it is."""


@dataclass(frozen=True)
class Maker:
    """The step that made the frames a chain starts from; its measurements are theirs."""

    name: str
    position: int
    mask_name: str | None = None
    is_mask: ClassVar[bool] = False


@dataclass(frozen=True)
class Marks:
    """What a step marks beside changing the image: a second layer of it."""

    name: str
    position: int
    is_mask: ClassVar[bool] = True


Stage = Link | Maker | Marks


@dataclass(frozen=True)
class Chain(LazyFrames):
    """Frames with steps done on them, one frame at a time, on demand."""

    source: Frames
    links: tuple[Link, ...] = ()
    made_by: Maker | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps of the chain in order: the one that made the source, then the links."""
        steps: tuple[Link | Maker, ...] = self.links
        steps = steps if self.made_by is None else (self.made_by, *steps)
        return tuple(stage for step in steps for stage in stages_of(step))

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.dtype

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
            if self.made_by is None or isinstance(error, StepError | IndexError):
                raise
            raise _failure(self.made_by, index, error) from error

    def trace(self, index: int, frame: Frame) -> Iterator[tuple[Stage, Frame, LayerImage]]:
        """Every step's frame and layer, in order.

        Raises
        ------
        StepError
            Where a step fails, naming step and frame.
        """
        if self.made_by is not None:
            yield from _layers(self.made_by, frame, frame.image)
        for link in self.links:
            try:
                frame, layer = _processed(link, index, Frame(frame.image, frame.mask))
            except Exception as error:
                raise _failure(link, index, error) from error
            yield from _layers(link, frame, layer)

    def then(self, link: Link) -> "Chain":
        return replace(self, links=(*self.links, link))


@dataclass(frozen=True, repr=False)
class ChainImages(LazyImages):
    """A layer that a step of a chain leaves."""

    chain: Chain
    name: str
    """Name of the layer."""

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.chain.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(bool) if self._stage.is_mask else self.chain.dtype

    def __getitem__(self, index: int, /) -> LayerImage:
        index = checked_index(index, len(self))
        traced = self.chain.trace(index, self.chain.first(index))
        return next(layer for stage, _, layer in traced if stage.name == self.name)

    @property
    def _stage(self) -> Stage:
        return next(stage for stage in self.chain.stages if stage.name == self.name)


def stages_of(step: Link | Maker) -> tuple[Stage, ...]:
    """The layers that a step leaves: its own, and that of what it marks."""
    return (step,) if step.mask_name is None else (step, Marks(step.mask_name, step.position))


def _layers(step: Link | Maker, frame: Frame, layer: LayerImage) -> Iterator[tuple[Stage, Frame, LayerImage]]:
    yield step, frame, layer
    for stage in stages_of(step)[1:]:
        yield stage, frame, np.zeros(layer.shape, bool) if frame.marked is None else frame.marked


def _processed(link: Link, index: int, frame: Frame) -> tuple[Frame, LayerImage]:
    """What a step makes of a frame; the frame itself where the step has nothing to fit."""
    if link.leaves(index):
        return frame, frame.image
    try:
        return link.process(frame)
    except NothingToFitError as error:
        if link.is_mask:
            raise
        return frame.as_it_was(frame.emptiness() or str(error)), frame.image


def _failure(stage: Stage, index: int, error: Exception) -> StepError:
    what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
    message = f"{stage.name} failed on frame {index}: {what}"
    return StepError(message, stage.position, settings=settings_of(error))

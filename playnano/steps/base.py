"""What a step is: a frozen model whose fields are its parameters and whose one method does the work."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from playnano.errors import StepError
from playnano.model import LAYER_NAME, Model
from playnano.quality import judging, leaving
from playnano.registry import package_version
from playnano.stack.chain import Chain, Link, Maker
from playnano.stack.frames import Frame, Frames, LayerImage, Mask
from playnano.stack.lazy import Selection
from playnano.stack.metadata import FrameMetadata
from playnano.stack.provenance import Record
from playnano.stack.spool import spool
from playnano.stack.stack import RAW, AFMImageStack, name_faults
from playnano.stack.tables import Column
from playnano.steps.columns import SHARE

LayerName = Annotated[str, Field(pattern=LAYER_NAME)]


@dataclass(frozen=True)
class Extent:
    """How large a movie is, before any of its frames is computed; None = only the frames tell."""

    frames: int
    height: int | None
    width: int | None
    at_most: bool = False
    """Whether there may be fewer frames: only they tell how many."""
    at_least: bool = False
    """Whether there may be more frames: only their times tell how many."""

    @property
    def is_exact(self) -> bool:
        """Whether the number of frames is known."""
        return not (self.at_most or self.at_least)


class Step(Model, ABC):
    """One step of a recipe. Subclass `FrameStep`, `MaskStep` or `StackStep`, not this."""

    revision: ClassVar[int] = 1
    """Raised when the same parameters give other numbers."""
    is_mask: ClassVar[bool] = False
    moves_pixels: ClassVar[bool] = False
    """Whether pixels, NaN and masks are elsewhere in frames of the same size afterwards, as after a flip."""
    measures: ClassVar[tuple[Column, ...]] = ()
    """What is measured on every frame, and kept in the provenance."""
    marks: ClassVar[str | None] = None
    """What the step marks beside changing the image, in a layer `<name>_<marks>`; None where nothing."""
    example: ClassVar[Mapping[str, Any]] = {}
    """Values of required parameters, for documentation and tests; where a schema's own would not do."""

    step: str
    """Which step this is."""
    name: LayerName | None = Field(default=None)
    """Name of the layer or mask; by default `step_<n>_<step>`."""

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        """The stack with this step done; frames are computed when asked for."""
        raise NotImplementedError

    def needs_every_frame(self, stack: AFMImageStack) -> bool:
        """Whether each frame of `stack` should be computed, stored and judged before `apply`."""
        return False

    def extent(self, before: Extent) -> Extent:
        """How large the movie is afterwards.

        Raises
        ------
        StepError
            Where the parameters ask for frames or pixels that a movie of this size has not.
        """
        return before

    def record(self, stack: AFMImageStack) -> Record:
        """What the provenance will say of this step."""
        index = stack.provenance.next_index()
        package = type(self).__module__.split(".")[0]
        return Record(
            index=index,
            name=self.layer_name(index),
            step=self.step,
            parameters=self.model_dump(mode="json", exclude={"step", "name"}),
            revision=self.revision,
            package=package,
            package_version=package_version(package),
        )

    def layer_name(self, index: int) -> str:
        """Name of the layer this step leaves when it is the `index`th step, counted from 1."""
        return self.name or f"step_{index}_{self.step}"

    def mask_name(self, layer: str) -> str | None:
        """Name of the layer of what this step marks, beside its layer of this name."""
        return None if self.marks is None else f"{layer}_{self.marks}"

    def layer_names(self, index: int) -> tuple[str, ...]:
        """Names of all layers that this step leaves when it is the `index`th, counted from 1."""
        layer = self.layer_name(index)
        return tuple(name for name in (layer, self.mask_name(layer)) if name is not None)

    def _new_record(self, stack: AFMImageStack) -> Record:
        record = self.record(stack)
        for fault in name_faults(self.layer_names(record.index), (RAW, *stack.processed, *stack.masks)):
            raise StepError(fault, len(stack.provenance.steps))
        return record

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core, handler)
        handler.resolve_ref_schema(schema).setdefault("required", []).insert(0, "step")
        return schema


class FrameStep(Step):
    """A step that sees one frame at a time, and whose result for it does not depend on the others."""

    drops_mask: ClassVar[bool] = False
    """Whether no mask is in force afterwards."""
    leaves_bad_frames: ClassVar[bool] = False
    """Whether frames that are lost, partial or blank stay as they are: there is no background to level."""

    @abstractmethod
    def process(self, frame: Frame) -> Frame:
        """The frame with this step done: same shape and float type, NaN where NaN was.

        Parameters
        ----------
        frame : Frame
            Not to be written to.
        """

    def needs_every_frame(self, stack: AFMImageStack) -> bool:
        """Whether frames are still to be judged: a run reads the movie once for that, not twice."""
        return self.leaves_bad_frames and stack.judgement is not None

    def prepared(self, stack: AFMImageStack) -> Self:
        """The step as it works on this movie: with lengths in pixels, and with files read."""
        return self

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        stack = judging(stack) if self.leaves_bad_frames else stack
        record = self._new_record(stack)
        link = Link(
            record.name,
            len(stack.provenance.steps),
            self.prepared(stack)._advance,
            self.is_mask,
            self.mask_name(record.name),
            leaving(stack) if self.leaves_bad_frames else frozenset[int]().__contains__,
        )
        return stack.with_link(link, record)

    def _advance(self, frame: Frame) -> tuple[Frame, LayerImage]:
        after = self.process(frame)
        return after, after.image


class MaskStep(FrameStep):
    """A step that marks features. Its mask is OR-ed into the one in force and leaves its own layer.

    A step that takes from the mask in force says so by `reduces_mask`; its mask is then the one in force.
    """

    is_mask: ClassVar[bool] = True
    reduces_mask: ClassVar[bool] = False
    """Whether its mask takes the place of the one in force, which may shrink by it."""
    measures: ClassVar[tuple[Column, ...]] = (
        Column("masked_share", SHARE, "share of the image that is masked afterwards, from 0 to 1"),
    )

    @abstractmethod
    def features(self, frame: Frame) -> Mask:
        """The own mask of this step: bool (height, width), False where the image is NaN."""

    def process(self, frame: Frame) -> Frame:
        """The frame with this step's mask OR-ed into its own, or in its place."""
        return self._advance(frame)[0]

    def _advance(self, frame: Frame) -> tuple[Frame, LayerImage]:
        own = self.features(frame)
        both = own if frame.mask is None or self.reduces_mask else frame.mask | own
        return Frame(frame.image, both, {"masked_share": float(np.mean(both))}), own


class StackStep(Step):
    """A step that may look at any frame, as often as it likes."""

    def needs_every_frame(self, stack: AFMImageStack) -> bool:
        """Always."""
        return True

    @abstractmethod
    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        """Lazy frames made of those of `stack`, and the metadata of each.

        A frame's `measured` is kept with the step's record.
        """

    def looks_at_frames(self) -> bool:
        """Whether `rearranged` reads frames, and not only sizes and what the file says of them."""
        return True

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        return self._rearranged(spool(judging(stack)))  # nothing to do where the runner has done it

    def preview(self, stack: AFMImageStack) -> AFMImageStack:
        """As `apply`, but the frames of `stack` are computed each time that one is asked for.

        For a look at some of the frames, by a step that does not look at them itself.
        """
        stack = judging(stack)
        after = self._rearranged(stack)
        source = after.frames.source if isinstance(after.frames, Chain) else after.frames
        if stack.judgement is None or not isinstance(source, Selection):
            return after
        return replace(after, judgement=stack.judgement.of(source.indices))

    def _rearranged(self, stack: AFMImageStack) -> AFMImageStack:
        record = self._new_record(stack)
        frames, metadata = self.rearranged(stack)
        return stack.made_of(
            frames,
            metadata,
            Maker(record.name, len(stack.provenance.steps), self.mask_name(record.name)),
            record,
        )

"""What a step is: a frozen model whose fields are its parameters and whose one method does the work."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from playnano.chain import Link
from playnano.errors import StepError
from playnano.frames import Frame, Frames, Layer, Mask
from playnano.model import LAYER_NAME, Model
from playnano.provenance import Record, package_version
from playnano.spool import spool
from playnano.stack import AFMImageStack, FrameMetadata

LayerName = Annotated[str, Field(pattern=LAYER_NAME)]


@dataclass(frozen=True)
class Extent:
    """How large a movie is, before any of its frames is computed; None = only the frames tell."""

    frames: int
    height: int | None
    width: int | None


class Step(Model, ABC):
    """One step of a recipe. Subclass `FrameStep`, `MaskStep` or `StackStep`, not this."""

    revision: ClassVar[int] = 1
    """Raised when the same parameters give other numbers."""
    is_mask: ClassVar[bool] = False
    makes_source: ClassVar[bool] = False

    step: str
    """Which step this is."""
    name: LayerName | None = Field(default=None)
    """Name of the layer or mask this step leaves; `step_<n>_<step>` unless given."""

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        """The stack with this step done; frames are computed when asked for."""
        raise NotImplementedError

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

    def _noted(self, stack: AFMImageStack, process: Any) -> AFMImageStack:
        record = self.record(stack)
        if record.name in (*stack.processed, *stack.masks, "raw"):
            raise StepError(
                f"the name '{record.name}' is taken by another layer", len(stack.provenance.steps)
            )
        link = Link(record.name, len(stack.provenance.steps), process, self.is_mask, self.makes_source)
        return stack.with_link(link, record)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        handler.resolve_ref_schema(schema).setdefault("required", []).insert(0, "step")
        return schema


class FrameStep(Step):
    """A step that sees one frame at a time, and whose result for it does not depend on the others."""

    @abstractmethod
    def process(self, frame: Frame) -> Frame:
        """The frame with this step done: same shape and float type, NaN where NaN was.

        Parameters
        ----------
        frame : Frame
            Not to be written to.
        """

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        return self._noted(stack, self._advance)

    def _advance(self, frame: Frame) -> tuple[Frame, Layer]:
        after = self.process(frame)
        return after, after.image


class MaskStep(FrameStep):
    """A step that marks features. Its mask is OR-ed into the one in force and leaves its own layer.

    Measures the share of the image that is masked afterwards, from 0 to 1.
    """

    is_mask: ClassVar[bool] = True

    @abstractmethod
    def features(self, frame: Frame) -> Mask:
        """The own mask of this step: bool (height, width), False where the image is NaN."""

    def process(self, frame: Frame) -> Frame:
        """The frame with this step's mask OR-ed into its own."""
        return self._advance(frame)[0]

    def _advance(self, frame: Frame) -> tuple[Frame, Layer]:
        own = self.features(frame)
        both = own if frame.mask is None else frame.mask | own
        return Frame(frame.image, both, {"masked_share": float(np.mean(both))}), own


class StackStep(Step):
    """A step that may look at any frame, as often as it likes."""

    makes_source: ClassVar[bool] = True

    @abstractmethod
    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        """Lazy frames made of those of `stack`, and the metadata of each.

        A frame's `measured` is kept with the step's record.
        """

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        stack = spool(stack)  # nothing to do where the runner has done it
        frames, metadata = self.rearranged(stack)
        return self._noted(stack.rearranged(frames, metadata), _unchanged)


def _unchanged(frame: Frame) -> tuple[Frame, Layer]:
    return frame, frame.image

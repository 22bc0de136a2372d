"""A movie: lazy frames, and what they mean."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.registry import entry_point, models
from playnano.stack.chain import Chain, ChainImages, Link, Maker, stages_of
from playnano.stack.environment import machine, software
from playnano.stack.frames import Frames, Images, LayerImage, Mask, checked_index
from playnano.stack.judging import Judgement
from playnano.stack.lazy import ArrayFrames, FrameImages, LayerFrames, Selection
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.metadata import FrameMetadata, plain_metadata, without_quality
from playnano.stack.provenance import Contents, Provenance, Record, Source
from playnano.stack.tables import Table

if TYPE_CHECKING:
    from typing import Self

RAW = "raw"
_NOTHING_MADE: Mapping[str, Any] = {"processed": {}, "masks": {}, "tables": {}, "images": {}}


def name_faults(names: Iterable[str], taken: Container[str]) -> Iterator[str]:
    """What is wrong with the names of new layers beside those that are taken."""
    return (f"the name '{name}' is taken by another layer" for name in names if name in taken)


@dataclass(frozen=True)
class AFMImageStack:
    """A movie of AFM images: lazy, immutable frames and what they mean.

    Make one with `AFMImageStack.from_array` or `playnano.load`; `apply` gives a new one.
    """

    frames: Frames
    channel: str
    unit: str
    pixel_size_nm: float | None = None
    """Pixel size along the fast axis (x); None where it is not known."""
    pixel_size_y_nm: float | None = None
    frame_metadata: tuple[FrameMetadata, ...] = ()
    processed: Mapping[str, Images] = field(default_factory=dict)
    """Layers in the order they were made: `raw`, then one a step."""
    masks: Mapping[str, Images] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    """What was measured on these frames, in the order of measuring."""
    images: Mapping[str, MeasuredImages] = field(default_factory=dict)
    """Images that were measured on them: kymographs, maps over time, crops."""
    provenance: Provenance = field(default_factory=Provenance)
    raw_frame_metadata: tuple[FrameMetadata, ...] | None = None
    """Metadata of the frames of `processed['raw']`; None where it is that of the frames."""
    warnings: tuple[str, ...] = ()
    """What the user should hear of: frames missing at the end of a file, for example."""
    header: Mapping[str, Any] = field(default_factory=dict)
    """What else the file says of itself, for the curious."""
    judgement: Judgement | None = field(default=None, compare=False, repr=False)
    """Judges the frames as they are read; None where that is done, or no step needs it."""

    @classmethod
    def from_array(
        cls,
        data: NDArray[Any],
        *,
        pixel_size_nm: float | tuple[float, float] | None = None,
        timestamps: Sequence[float] | None = None,
        channel: str = "height",
        unit: str = "nm",
        mask: Mask | None = None,
    ) -> "Self":
        """A stack of an array in memory.

        Parameters
        ----------
        data : array (frames, height, width) or (height, width)
            Integers become float32 where that holds them, else float64. The array is not copied
            and must not be changed afterwards.
        pixel_size_nm : float or (y, x), optional
        timestamps : sequence of float, optional
            Seconds, one a frame.
        mask : bool array of the shape of `data`, optional
            True = feature.

        Raises
        ------
        PlaynanoError
            For data of another number of axes or without numbers, or times that do not match.
        """
        images = np.asarray(data)
        images = images[None] if images.ndim == 2 else images
        if images.ndim != 3 or images.dtype.kind not in "iufb" or 0 in images.shape[1:]:
            what = f"{images.dtype} of shape {images.shape}"
            raise PlaynanoError(f"a stack needs real numbers of shape (frames, height, width), not {what}")
        if mask is not None:
            mask = np.asarray(mask, bool).reshape(images.shape)
        y, x = pixel_size_nm if isinstance(pixel_size_nm, tuple) else (pixel_size_nm, pixel_size_nm)
        return cls(
            frames=ArrayFrames(images, mask),
            channel=channel,
            unit=unit,
            pixel_size_nm=x,
            pixel_size_y_nm=y,
            frame_metadata=plain_metadata(len(images), timestamps=timestamps, pixel_size_nm=x),
            provenance=Provenance(input=Source(name="array", channel=channel)),
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width), known without computing a frame."""
        return self.frames.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.frames.dtype

    @property
    def data(self) -> LayerImage:
        """The whole movie as one array (frames, height, width)."""
        return np.asarray(FrameImages(self.frames))

    @property
    def timestamps(self) -> NDArray[np.float64]:
        """Seconds from the first frame; NaN where unknown."""
        times = [metadata.get("timestamp") for metadata in self.frame_metadata]
        return np.array([np.nan if time is None else time for time in times], float)

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[LayerImage]:
        return iter(FrameImages(self.frames))

    @overload
    def __getitem__(self, index: int) -> LayerImage: ...
    @overload
    def __getitem__(self, index: slice) -> "Self": ...
    def __getitem__(self, index: int | slice) -> "LayerImage | Self":
        """An image by its number, or a shorter stack by a slice."""
        if isinstance(index, slice):
            return self.select(range(len(self))[index])
        return FrameImages(self.frames)[index]

    def __repr__(self) -> str:
        n, height, width = self.shape
        size = "unknown" if self.pixel_size_nm is None else f"{self.pixel_size_nm:.4g} nm"
        parts = {"layers": (*self.processed, *self.masks), "tables": self.tables, "images": self.images}
        layers = "".join(f", {what}: {', '.join(names)}" for what, names in parts.items() if names)
        images = f"{n} frames of {height} x {width}, pixel {size}"
        return f"<AFMImageStack {self.channel} in {self.unit}: {images}{layers}>"

    def select(self, indices: Sequence[int]) -> "Self":
        """The stack with only these frames, without layers; no step is noted."""
        chosen = tuple(checked_index(index, len(self)) for index in indices)
        return replace(
            self,
            frames=Selection(self.frames, chosen),
            frame_metadata=tuple(self.frame_metadata[index] for index in chosen),
            **_NOTHING_MADE,
            judgement=None if self.judgement is None else self.judgement.of(chosen),
            provenance=self.provenance.model_copy(update={"contents": Contents()}),
        )

    def apply(self, step: Any, **parameters: Any) -> "AFMImageStack":
        """The stack with one more step done: `stack.apply("gaussian_filter", sigma=2)`.

        Parameters
        ----------
        step : str or Step
            Name of a step, or a step itself.
        **parameters
            The step's parameters; `playnano steps NAME` lists them.

        Raises
        ------
        RecipeError
            For an unknown step or a wrong parameter.
        """
        made = models("playnano.steps").make(step, parameters) if isinstance(step, str) else step
        return made.apply(self)  # type: ignore[no-any-return]

    def measure(self, measure: Any, **parameters: Any) -> "AFMImageStack":
        """The stack with one more table, or images: `stack.measure("features", mask="particles")`.

        Parameters
        ----------
        measure : str or Measure
            Name of a measure, or a measure itself.
        **parameters
            The measure's parameters; `playnano measures NAME` lists them.

        Raises
        ------
        RecipeError
            For an unknown measure or a wrong parameter.
        MeasureError
            Where the movie lacks what it needs: a mask, pixel sizes, times.
        """
        made = models("playnano.measures").make(measure, parameters) if isinstance(measure, str) else measure
        return made.apply(self)  # type: ignore[no-any-return]

    def view(self, *, width: int | str = "100%", height: int = 720) -> Any:
        """The viewer of this stack, in a notebook: it plays the stack and edits a recipe on it.

        Served to this machine only; it ends with the kernel, or when eight others have been viewed.

        Parameters
        ----------
        width, height : int or str
            Size in the notebook, in CSS pixels or as a percentage.

        Raises
        ------
        PlaynanoError
            Where a package is missing; the message says which to install.
        """
        return entry_point("playnano.viewers", "notebook")(self, width=width, height=height)

    def to_napari(self, viewer: Any = None) -> Any:
        """Show images and masks in napari, in nm where the pixel size is known; all is held in memory.

        Parameters
        ----------
        viewer : napari.Viewer, optional
            Where the layers are added; it is returned. Default: a new one.

        Raises
        ------
        PlaynanoError
            Where napari is not installed.
        """
        from playnano.stack.napari_layers import add_layers

        return add_layers(self, viewer)

    def raw(self) -> "AFMImageStack":
        """The stack as it was read: all frames, no steps.

        Raises
        ------
        PlaynanoError
            Where the stack came from a bundle without a raw layer.
        """
        if not self.provenance.all_steps():
            return self
        if RAW not in self.processed:
            raise PlaynanoError(
                "there is no raw layer: the movie was stored without one; start from the original file"
            )
        return replace(
            self,
            frames=LayerFrames(self.processed[RAW]),
            frame_metadata=without_quality(self.raw_frame_metadata or self.frame_metadata),
            raw_frame_metadata=None,
            **_NOTHING_MADE,
            judgement=None,
            provenance=self.provenance.before_steps(),
        )

    def with_link(self, link: Link, record: Record) -> "AFMImageStack":
        """The stack with one more step on every frame, its layer and its record noted."""
        chain = (self.frames if isinstance(self.frames, Chain) else Chain(self.frames)).then(link)
        return replace(self, processed=self._with_raw())._with_layer(chain, link, record)

    def made_of(
        self, frames: Frames, frame_metadata: Sequence[FrameMetadata], maker: Maker, record: Record
    ) -> "AFMImageStack":
        """The stack with frames that a step made of its own; raw and its metadata are kept."""
        started = replace(
            self,
            processed=self._with_raw(),
            frame_metadata=tuple(frame_metadata),
            raw_frame_metadata=self.raw_frame_metadata or self.frame_metadata,
        )
        return started._with_layer(Chain(frames, made_by=maker), maker, record)

    def _with_layer(self, chain: Chain, stage: Link | Maker, record: Record) -> "AFMImageStack":
        layers = {one.name: (one.is_mask, ChainImages(chain, one.name)) for one in stages_of(stage)}
        return replace(
            self,
            frames=chain,
            processed={**self.processed, **{n: images for n, (mask, images) in layers.items() if not mask}},
            masks={**self.masks, **{n: images for n, (mask, images) in layers.items() if mask}},
            tables={},  # they tell of the frames as they were
            images={},
            provenance=self._software_noted().with_step(record),
        )

    def _with_raw(self) -> Mapping[str, Images]:
        untouched = not self.provenance.all_steps() and RAW not in self.processed
        return {RAW: FrameImages(self.frames), **self.processed} if untouched else self.processed

    def _software_noted(self) -> Provenance:
        noted = {} if self.provenance.software else {"software": software(), "platform": machine()}
        return self.provenance.model_copy(update=noted)

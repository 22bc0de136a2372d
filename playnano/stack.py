"""A movie: lazy frames, and what they mean."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from playnano.errors import PlaynanoError, StepError
from playnano.provenance import Provenance, Record, Source, machine, software

if TYPE_CHECKING:
    from typing import Self

Image = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Layer = NDArray[Any]
FrameMetadata = Mapping[str, float | int | str | bool | None]

RAW = "raw"
METADATA_KEYS = (
    "timestamp",
    "frame_pixel_size_nm",
    "frame_duration_s",
    "start_epoch_ms",
    "scan_direction",
    "line_rate",
)
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
    provenance: Provenance = field(default_factory=Provenance)
    raw_frame_metadata: tuple[FrameMetadata, ...] | None = None
    """Metadata of the frames of `processed['raw']`; None where it is that of the frames."""
    warnings: tuple[str, ...] = ()
    """What the user should hear of: frames missing at the end of a file, for example."""
    header: Mapping[str, Any] = field(default_factory=dict)
    """What else the file says of itself, for the curious."""

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
    def data(self) -> Layer:
        """The whole movie as one array (frames, height, width)."""
        return np.asarray(FrameImages(self.frames))

    @property
    def timestamps(self) -> NDArray[np.float64]:
        """Seconds from the first frame; NaN where the time is not known."""
        times = [metadata.get("timestamp") for metadata in self.frame_metadata]
        return np.array([np.nan if time is None else time for time in times], float)

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Layer]:
        return iter(FrameImages(self.frames))

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> "Self": ...
    def __getitem__(self, index: int | slice) -> "Layer | Self":
        """An image by its number, or a shorter stack by a slice."""
        if isinstance(index, slice):
            return self.select(range(len(self))[index])
        return FrameImages(self.frames)[index]

    def __repr__(self) -> str:
        n, height, width = self.shape
        size = "unknown" if self.pixel_size_nm is None else f"{self.pixel_size_nm:.4g} nm"
        layers = f", layers: {', '.join([*self.processed, *self.masks])}" if self.processed else ""
        images = f"{n} frames of {height} x {width}, pixel {size}"
        return f"<AFMImageStack {self.channel} in {self.unit}: {images}{layers}>"

    def select(self, indices: Sequence[int]) -> "Self":
        """The stack with only these frames, without layers; no step is noted."""
        chosen = tuple(checked_index(index, len(self)) for index in indices)
        return replace(
            self,
            frames=Selection(self.frames, chosen),
            frame_metadata=tuple(self.frame_metadata[index] for index in chosen),
            processed={},
            masks={},
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
        if isinstance(step, str):  # the steps stand above the stack, so they are looked up when asked for
            step = importlib.import_module("playnano.steps").step_named(step, parameters)
        applied: AFMImageStack = step.apply(self)
        return applied

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
            frame_metadata=self.raw_frame_metadata or self.frame_metadata,
            raw_frame_metadata=None,
            processed={},
            masks={},
            provenance=self.provenance.before_steps(),
        )

    def with_link(self, link: Link, record: Record) -> "AFMImageStack":
        """The stack with one more step on every frame, its layer and its record noted."""
        chain = (self.frames if isinstance(self.frames, Chain) else Chain(self.frames)).then(link)
        layer = {link.name: ChainImages(chain)}
        started = replace(self, processed=self._with_raw())
        return replace(
            started,
            frames=chain,
            processed=started.processed if link.is_mask else {**started.processed, **layer},
            masks={**self.masks, **layer} if link.is_mask else self.masks,
            provenance=self._software_noted().with_step(record),
        )

    def rearranged(self, frames: Frames, frame_metadata: Sequence[FrameMetadata]) -> "AFMImageStack":
        """The stack with other frames in the place of its own; raw and its metadata are kept."""
        started = replace(self, processed=self._with_raw())
        raw_metadata = self.raw_frame_metadata or self.frame_metadata
        return replace(
            started, frames=frames, frame_metadata=tuple(frame_metadata), raw_frame_metadata=raw_metadata
        )

    def _with_raw(self) -> Mapping[str, Images]:
        untouched = not self.provenance.all_steps() and RAW not in self.processed
        return {RAW: FrameImages(self.frames), **self.processed} if untouched else self.processed

    def _software_noted(self) -> Provenance:
        if self.provenance.software:
            return self.provenance
        return self.provenance.model_copy(update={"software": software(), "platform": machine()})


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


def plain_metadata(
    n_frames: int,
    *,
    timestamps: Sequence[float] | None = None,
    pixel_size_nm: float | None = None,
    **constant: float | str | None,
) -> tuple[FrameMetadata, ...]:
    """Metadata of frames that share all but their time; what is not given is None.

    Raises
    ------
    PlaynanoError
        Where the times are not one a frame.
    """
    if timestamps is not None and len(timestamps) != n_frames:
        raise PlaynanoError(f"{len(timestamps)} times were given for {n_frames} frames")
    shared = dict.fromkeys(METADATA_KEYS) | {"frame_pixel_size_nm": pixel_size_nm} | constant
    times = [None] * n_frames if timestamps is None else [float(time) for time in timestamps]
    return tuple({**shared, "timestamp": time} for time in times)

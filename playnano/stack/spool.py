"""The only place where frames are computed: into scratch files, a few ahead, in order."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from playnano.errors import StepError
from playnano.stack.chain import Chain, Marks, Stage
from playnano.stack.contents import DATA, MASK
from playnano.stack.frames import Frame, Frames, Image, Images, LayerImage
from playnano.stack.hashing import as_stored
from playnano.stack.judging import Judgement, Progress
from playnano.stack.lazy import FrameImages, Selection
from playnano.stack.metadata import frame_numbers
from playnano.stack.parallel import ahead, one_thread_blas, tasks, threads_for
from playnano.stack.provenance import Contents, Provenance, Record
from playnano.stack.scratch import Scratch, ScratchWriter, StoredFrames, StoredImages
from playnano.stack.stack import RAW, AFMImageStack


def is_stored(stack: AFMImageStack) -> bool:
    """Whether the frames can be read again and again without computing them."""
    frames = stack.frames
    while isinstance(frames, Selection):
        frames = frames.frames
    return isinstance(frames, StoredFrames)


def spool(
    stack: AFMImageStack,
    scratch: Scratch | None = None,
    *,
    keep: Callable[[str], bool] = lambda name: True,
    threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> AFMImageStack:
    """Compute every frame once; store the result and the layers to keep; complete the records.

    Parameters
    ----------
    keep : callable
        Says of a layer's name whether it is to be stored; the others are hashed only.
    threads : int
        How many frames are computed at a time. The numbers do not depend on it.

    Raises
    ------
    StepError
        Where a step fails, naming step and frame.
    PlaynanoError
        Where the disk is full.
    """
    if is_stored(stack) and not isinstance(stack.frames, Chain):
        return _judged(stack, threads, progress)
    chain = stack.frames if isinstance(stack.frames, Chain) else Chain(stack.frames)
    spooling = _Spooling.of(stack, chain, scratch or Scratch(), keep)
    try:
        with one_thread_blas():
            for done, traced in enumerate(_traced(chain, stack.judgement, threads), 1):
                spooling.take(traced)
                progress(done, len(chain))
    finally:
        spooling.close()
    return spooling.finished(_judged(stack, threads, lambda done, total: None))


@dataclass
class _Traced:
    """One frame with all that the chain made of it."""

    source: Frame
    last: Frame
    steps: list[tuple[Stage, Frame, LayerImage]]


@dataclass
class _Spooling:
    """What one pass over the frames gathers."""

    chain: Chain
    scratch: Scratch
    writers: dict[str, ScratchWriter]
    image: ScratchWriter
    image_is: str | None
    data_is: str | None
    """The last step that makes images."""
    mask: ScratchWriter | None = None
    hashes: dict[str, Any] = field(default_factory=lambda: defaultdict(hashlib.sha256))
    contents: dict[str, Any] = field(default_factory=lambda: defaultdict(hashlib.sha256))
    measured: dict[str, list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    unfitted: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    count: int = 0

    @classmethod
    def of(
        cls, stack: AFMImageStack, chain: Chain, scratch: Scratch, keep: Callable[[str], bool]
    ) -> "_Spooling":
        raw = [name for name, images in stack.processed.items() if _is_source(images, chain)]
        names = [name for name in [*raw, *(link.name for link in chain.stages)] if keep(name)]
        writers = {name: ScratchWriter.open(scratch) for name in names}
        steps = [link.name for link in chain.stages if not link.is_mask]
        last = next((name for name in [*raw, *steps][-1:] if name in writers), None)
        image = writers[last] if last else ScratchWriter.open(scratch)
        return cls(chain, scratch, writers, image, last, steps[-1] if steps else None)

    def take(self, traced: _Traced) -> None:
        for name, writer in self.writers.items():
            if name not in {link.name for link in self.chain.stages}:
                self.contents[RAW].update(as_stored(traced.source.image).data)
                writer.append(traced.source.image)
        for link, frame, layer in traced.steps:
            self._check(link, layer)
            self.hashes[link.name].update(as_stored(layer).data)
            self.measured[link.name].append(dict(frame.measured))
            if frame.unfitted and not isinstance(link, Marks):
                self.unfitted[link.name].setdefault(frame.unfitted, []).append(self.count)
            if link.name in self.writers:
                self.writers[link.name].append(layer)
        if self.image_is is None:
            self.image.append(traced.last.image)
        if self.data_is is None:
            self.contents[DATA].update(as_stored(traced.last.image).data)
        self._take_mask(traced.last)
        self.count += 1

    def _check(self, link: Stage, layer: LayerImage) -> None:
        if layer.shape != self.chain.shape[1:]:
            what = f"gave an image of shape {layer.shape} for one of {self.chain.shape[1:]}"
            raise StepError(f"{link.name} {what} on frame {self.count}", link.position)

    def _take_mask(self, frame: Frame) -> None:
        if frame.mask is not None and self.mask is None:
            self.mask = ScratchWriter.open(self.scratch)
            for _ in range(self.count):
                self.contents[MASK].update(as_stored(np.zeros_like(frame.mask)).data)
                self.mask.append(np.zeros_like(frame.mask))
        if self.mask is not None:
            mask = np.zeros(self.chain.shape[1:], bool) if frame.mask is None else frame.mask
            self.contents[MASK].update(as_stored(mask).data)
            self.mask.append(mask)

    def close(self) -> None:
        for writer in [*self.writers.values(), self.image, *([self.mask] if self.mask else [])]:
            writer.close()

    def finished(self, stack: AFMImageStack) -> AFMImageStack:
        stored = {name: writer.finish() for name, writer in self.writers.items()}
        pending = {link.name for link in self.chain.stages}
        image = self.image.finish() if self.image_is is None else stored[self.image_is]
        frames = StoredFrames(image, self.mask.finish() if self.mask else None)
        numbers = frame_numbers(stack.frame_metadata)
        own = () if numbers == tuple(range(len(numbers))) else numbers
        steps = tuple(self._completed(record, own) for record in stack.provenance.steps)
        update = {"steps": steps, "contents": self._contents(stack.provenance)}
        provenance = stack.provenance.model_copy(update=update)
        before = stack.provenance.unfitted_frames()
        warnings = [warning for warning in stack.warnings if warning not in before]
        return replace(
            stack,
            frames=frames,
            processed=_kept(stack.processed, stored, pending, self.chain),
            masks=_kept(stack.masks, stored, pending, self.chain),
            provenance=provenance,
            warnings=(*warnings, *provenance.unfitted_frames()),
        )

    def _contents(self, before: Provenance) -> Contents:
        raw = {name: sha256 for name, sha256 in before.contents.images.items() if name == RAW}
        data = {} if self.data_is is None else {DATA: self.hashes[self.data_is].hexdigest()}
        return Contents(images=raw | {name: one.hexdigest() for name, one in self.contents.items()} | data)

    def _completed(self, record: Record, numbers: tuple[int, ...]) -> Record:
        if record.name not in self.hashes:
            return record
        digest = self.hashes[record.name].hexdigest()
        unfitted = {reason: tuple(frames) for reason, frames in self.unfitted[record.name].items()}
        measured = _columns(self.measured[record.name])
        made = {"sha256": digest, "measured": measured, "unfitted": unfitted, "frames": numbers}
        return record.model_copy(update=made)


def _is_source(images: Images, chain: Chain) -> bool:
    return (
        isinstance(images, FrameImages)
        and images.frames is chain.source
        and not isinstance(chain.source, StoredFrames)
    )


def _kept(layers: Any, stored: dict[str, StoredImages], pending: set[str], chain: Chain) -> dict[str, Images]:
    dropped = {name for name, images in layers.items() if name in pending or _is_source(images, chain)} - set(
        stored
    )
    return {name: stored.get(name, images) for name, images in layers.items() if name not in dropped}


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float | None]]:
    names = sorted({name for row in rows for name in row})
    return {name: [row.get(name) for row in rows] for name in names}


def _judged(stack: AFMImageStack, threads: int, progress: Progress) -> AFMImageStack:
    return stack if stack.judgement is None else stack.judgement.finished(stack, threads, progress)


def _traced(chain: Chain, judgement: Judgement | None, threads: int) -> Iterator[_Traced]:
    work = tasks(chain, most=64)
    see = _seeing(chain.source, judgement)
    threads = threads_for(chain, threads)
    for batch in ahead(lambda indices: [_trace(chain, index, see) for index in indices], work, threads):
        yield from batch


def _seeing(source: Frames, judgement: Judgement | None) -> Callable[[int, Image], None]:
    """What shows a frame of the source to the judgement, if it is one of those that it judges."""
    if judgement is not None and source is judgement.frames:
        return judgement.see
    if judgement is not None and isinstance(source, Selection) and source.frames is judgement.frames:
        return lambda index, image: judgement.see(source.indices[index], image)
    return lambda index, image: None


def _trace(chain: Chain, index: int, see: Callable[[int, Image], None]) -> _Traced:
    source = chain.first(index)
    see(index, source.image)
    steps = list(chain.trace(index, source))
    return _Traced(source, steps[-1][1] if steps else source, steps)

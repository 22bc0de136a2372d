"""The quality of a movie's frames: judged once, on the movie as it was read, and kept with the frames."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from playnano.errors import Doubt, Flaw, PlaynanoError
from playnano.kernels.quality import (
    ContactLimits,
    LineEvidence,
    contact_limits,
    frame_quality,
    line_evidence,
    sample_frames,
)
from playnano.kernels.recording import Oddities, oddities
from playnano.oddities import odd_frames, oddity_notes
from playnano.stack.chain import Chain
from playnano.stack.frames import Frames, Image
from playnano.stack.lazy import FrameImages, LayerFrames
from playnano.stack.metadata import FrameMetadata, frame_numbers
from playnano.stack.parallel import ahead, threads_for
from playnano.stack.stack import RAW, AFMImageStack

KINDS = ("lost", "partial", "blank")
"""What a frame is that is not good."""
KEY = "quality"


def judging(stack: AFMImageStack) -> AFMImageStack:
    """The stack, whose frames are judged when they are read. Reads none.

    `spool` finishes it: it judges every frame as it passes.
    """
    if stack.judgement is not None or not len(stack) or any(KEY in frame for frame in stack.frame_metadata):
        return stack
    blank = frozenset(i for i, frame in enumerate(stack.frame_metadata) if frame.get("blank"))
    return replace(stack, judgement=MovieJudgement(_as_read(stack), range(len(stack)), blank, stack.unit))


def judged(
    stack: AFMImageStack, threads: int = 1, progress: Callable[[int, int], None] = lambda done, total: None
) -> AFMImageStack:
    """The stack with the quality of each frame in its metadata and provenance, and one warning of bad ones.

    Reads every frame once, unless the quality is there already.
    """
    stack = judging(stack)
    return stack if stack.judgement is None else stack.judgement.finished(stack, threads, progress)


def leaving(stack: AFMImageStack) -> Callable[[int], bool]:
    """Whether the frame of a given number is not good, found out when it is asked for."""
    if stack.judgement is not None:
        return stack.judgement.is_bad
    return frozenset(bad_frames(stack.frame_metadata)).__contains__


@dataclass(frozen=True, eq=False)
class MovieJudgement:
    """Judges frames by their own lines, and by those of up to 64 frames of the movie."""

    frames: Frames
    numbers: Sequence[int]
    """Which of `frames` are judged."""
    blank: frozenset[int]
    """Those of `frames` that hold nothing, as the file says."""
    unit: str
    """Of the frames as they were read."""
    evidence: dict[int, LineEvidence] = field(default_factory=dict)
    odd: dict[int, Oddities] = field(default_factory=dict)

    def see(self, index: int, image: Image) -> None:
        """Take the evidence of one of `frames`, which has just been read."""
        if index not in self.evidence:
            self.odd[index] = oddities(image, self.unit)
            self.evidence[index] = line_evidence(image)

    def is_bad(self, index: int) -> bool:
        """Whether a frame is not good; reads it, and for the first one the frames of the sample."""
        return self.quality(index) != "good"

    def quality(self, index: int) -> str:
        """The quality of a frame."""
        number = self.numbers[index]
        return "blank" if number in self.blank else frame_quality(self._evidence(number), self._limits)

    def of(self, indices: Sequence[int]) -> "MovieJudgement":
        """The same judgement, of some of the frames."""
        return replace(self, numbers=[self.numbers[index] for index in indices])

    def finished(
        self, stack: AFMImageStack, threads: int, progress: Callable[[int, int], None]
    ) -> AFMImageStack:
        """The stack with the quality of every frame noted; reads the frames that were not seen."""
        unseen = [number for number in self.numbers if number not in self.evidence]
        threads = threads_for(self.frames, threads)
        for done, _ in enumerate(ahead(self._evidence, unseen, threads), 1):
            progress(done, len(unseen))
        kinds = [self.quality(index) for index in range(len(self.numbers))]
        odd = odd_frames([self.odd[n] for n in self.numbers], kinds, self.frames.shape[1:], self.unit)
        return _noted(stack, kinds, [self.evidence[number] for number in self.numbers], odd)

    @cached_property
    def _limits(self) -> ContactLimits:
        sample = map(self._sampled, sample_frames(len(self.frames)))
        return contact_limits([lines for lines in sample if lines is not None])

    def _sampled(self, number: int) -> LineEvidence | None:
        """The evidence of a frame of the sample; None for one that cannot be read and is not judged."""
        try:
            return self._evidence(number)
        except (PlaynanoError, OSError):
            if number in self.numbers:
                raise
            return None

    def _evidence(self, number: int) -> LineEvidence:
        if number not in self.evidence:
            self.see(number, self.frames[number].image)
        return self.evidence[number]


def bad_frames(frame_metadata: Sequence[FrameMetadata], kinds: Iterable[str] = KINDS) -> tuple[int, ...]:
    """Numbers of the frames that are of one of these kinds, as far as the frames have been judged."""
    chosen = set(kinds)
    return tuple(index for index, frame in enumerate(frame_metadata) if frame.get(KEY) in chosen)


def quality_notes(listed: Mapping[str, Sequence[int]], count: int) -> tuple[Doubt, ...]:
    """One line that says how many frames are not good, and which; nothing where all are."""
    bad = sum(len(frames) for frames in listed.values())
    if not bad:
        return ()
    which = "; ".join(f"{kind}: {numbered(frames)}" for kind, frames in listed.items())
    what = "is" if bad == 1 else "are"
    kind = Doubt if listed.get("partial") else Flaw  # a movie with such a frame is not complete
    return (kind(f"{bad} of {count} frames {what} not good ({which})"),)


def numbered(frames: Sequence[int]) -> str:
    """Frame numbers as text, runs of them by their ends: `3, 7-9`."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _noted(
    stack: AFMImageStack,
    kinds: Sequence[str],
    evidence: Sequence[LineEvidence],
    odd: Mapping[str, Mapping[int, str]],
) -> AFMImageStack:
    """The stack with the quality of each frame in its metadata and provenance, and warnings of odd ones."""
    frame_metadata = stack.frame_metadata or ({},) * len(kinds)
    frames = tuple(
        {**metadata, KEY: kind, **_rounded(lines)}
        for metadata, kind, lines in zip(frame_metadata, kinds, evidence, strict=True)
    )
    names = frame_numbers(frame_metadata)  # in the movie, where only some of its frames were read
    listed = {
        kind: tuple(name for name, one in zip(names, kinds, strict=True) if one == kind)
        for kind in KINDS
        if kind in kinds
    }
    odd = {kind: {names[index]: text for index, text in looks.items()} for kind, looks in odd.items()}
    notes = (*quality_notes(listed, len(kinds)), *oddity_notes(odd))
    numbers = {kind: tuple(looks) for kind, looks in odd.items()}
    update = {"frame_quality": listed, "frame_oddities": numbers, "frame_notes": tuple(map(str, notes))}
    provenance = stack.provenance.model_copy(update=update)
    warnings = (*stack.warnings, *notes)
    return replace(stack, frame_metadata=frames, provenance=provenance, warnings=warnings, judgement=None)


def _as_read(stack: AFMImageStack) -> Frames:
    """The frames as they were read, where there is one for each frame."""
    raw = stack.processed.get(RAW)
    if raw is not None and stack.raw_frame_metadata is None:
        return raw.frames if isinstance(raw, FrameImages) else LayerFrames(raw)
    return stack.frames.source if isinstance(stack.frames, Chain) else stack.frames


def _rounded(lines: LineEvidence) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else round(value, 6) for name, value in lines._asdict().items()}

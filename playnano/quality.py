"""The quality of a movie's frames: judged once, on the movie as it was read, and kept with the frames."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from playnano.kernels.quality import LineEvidence, frame_qualities, line_evidence
from playnano.stack.frames import Images
from playnano.stack.lazy import FrameImages
from playnano.stack.metadata import FrameMetadata
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import RAW, AFMImageStack

KINDS = ("lost", "partial", "blank")
"""What a frame is that is not good."""
KEY = "quality"


def judged(
    stack: AFMImageStack, threads: int = 1, progress: Callable[[int, int], None] = lambda done, total: None
) -> AFMImageStack:
    """The stack with the quality of each frame in its metadata and provenance, and one warning of bad ones.

    Reads every frame once, unless the quality is there already.
    """
    if not len(stack) or any(KEY in frame for frame in stack.frame_metadata):
        return stack
    frame_metadata = stack.frame_metadata or ({},) * len(stack)
    evidence = _evidence(_images(stack), threads, progress)
    qualities = frame_qualities(evidence)
    kinds: list[str] = [
        "blank" if m.get("blank") else k for m, k in zip(frame_metadata, qualities, strict=True)
    ]
    frames = tuple(
        {**metadata, KEY: kind, **_rounded(lines)}
        for metadata, kind, lines in zip(frame_metadata, kinds, evidence, strict=True)
    )
    listed = {kind: tuple(i for i, one in enumerate(kinds) if one == kind) for kind in KINDS if kind in kinds}
    provenance = stack.provenance.model_copy(update={"frame_quality": listed})
    warnings = (*stack.warnings, *quality_notes(listed, len(kinds)))
    return replace(stack, frame_metadata=frames, provenance=provenance, warnings=warnings)


def bad_frames(frame_metadata: Sequence[FrameMetadata], kinds: Iterable[str] = KINDS) -> tuple[int, ...]:
    """Numbers of the frames that are of one of these kinds, as far as the frames have been judged."""
    chosen = set(kinds)
    return tuple(index for index, frame in enumerate(frame_metadata) if frame.get(KEY) in chosen)


def quality_notes(listed: Mapping[str, Sequence[int]], count: int) -> tuple[str, ...]:
    """One line that says how many frames are not good, and which; nothing where all are."""
    bad = sum(len(frames) for frames in listed.values())
    if not bad:
        return ()
    which = "; ".join(f"{kind}: {numbered(frames)}" for kind, frames in listed.items())
    what = "is" if bad == 1 else "are"
    return (f"{bad} of {count} frames {what} not good ({which})",)


def numbered(frames: Sequence[int]) -> str:
    """Frame numbers as text, runs of them by their ends: `3, 7-9`."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _images(stack: AFMImageStack) -> Images:
    """The images as they were read, where there is one for each frame."""
    raw = stack.processed.get(RAW)
    return raw if raw is not None and stack.raw_frame_metadata is None else FrameImages(stack.frames)


def _evidence(images: Images, threads: int, progress: Callable[[int, int], None]) -> list[LineEvidence]:
    evidence: list[LineEvidence] = []
    for some in ahead(lambda task: [line_evidence(images[index]) for index in task], tasks(images), threads):
        evidence += some
        progress(len(evidence), len(images))
    return evidence


def _rounded(lines: LineEvidence) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else round(value, 6) for name, value in lines._asdict().items()}

"""Levelling without parameters: surface, line offsets, background and features found together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError, StepError
from playnano.kernels.background import WINDOW, Estimate, Model, Surface, background, estimated, likeness_gain
from playnano.kernels.morphology import without_specks
from playnano.quality import bad_frames, judging
from playnano.stack.chain import Maker
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.parallel import one_thread_blas
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column
from playnano.steps.base import StackStep
from playnano.steps.columns import IMAGE_UNIT, SHARE
from playnano.steps.selecting import Arranged

LEAST_GAIN = 0.98
"""Where lines are less alike by more than this afterwards, their offsets were none."""
LINES_ARE_ALIKE = "line offsets are not corrected: correcting them makes neighbouring lines less alike"
ROUGH = 2.5
"""Times the noise: where features are found, what lies between them is up to 1.1 times as rough."""
SAMPLE_FRAMES = 32
"""So many good frames, spread over the movie, give the threshold for all."""


class AutoLevel(StackStep):
    """Level every frame by its background, which is detected automatically; usually needs no parameters.

    In each frame, the slope and bow along the lines come from differences of pixels within lines, and each
    line's offset from its most frequent difference to the line before. The lowest level that a fifth of the
    image lies on is the background, at zero. Then the surface and the offset of each line are fitted to what
    lies within a window around the background, round after round, while the window narrows to 3.5 times the
    noise. A line without background takes its offset from the lines around it. The window is one for the
    whole movie, from up to 32 of its good frames; pixels outside it, grown by a pixel, are masked.

    Heights that a converter rounded are first spread over its steps at random, the same way at every run,
    for the estimate alone: differences of lines would else have favourite values.

    A line that jumps from end to end, and what follows it, has an offset: a feature that fills whole lines
    is levelled away, unless `surface` is `terraces`. `whole_line_jumps` counts such jumps that are far
    beyond the others, or after which the level stays another: beside line offsets of 0.5 nm, from 2 to 3
    nm. Where offsets would make neighbouring lines less alike, as in images of smooth lattices or without
    line noise, none is corrected, and the run says so.

    Works for particles that cover up to 70 % of the image, for holes that cover up to 20 %, and for patches
    that fill most of a line. Features that cover 30 % or more have to be 8 times as high as the noise:
    lower ones are taken for background, and not masked; the run says so where the background is 2.5 times as
    rough as neighbouring lines are noisy. With `surface: terraces`, pixels on any of several
    levels are fitted with one slope. By hand: `polynomial_flatten`, `align_rows` with `method:
    median_of_differences`, `mask_base_peak`, then `polynomial_flatten` and `align_rows` again on the image
    as it was, and `zero_median`, until the mask stays as it is. Takes about 20 ms per frame of 512 x 512,
    for its rounds of fits; with `surface: terraces` about 45 ms, for 20 rounds more. Frames that are lost,
    partial or blank stay as they are.

    References
    ----------
    B. W. Erickson, S. Coquoz, J. D. Adams, D. J. Burns, G. E. Fantner, "Large-scale analysis of high-speed
    atomic force microscopy data sets using adaptive image processing", Beilstein J. Nanotechnol. 3, 747
    (2012), doi:10.3762/bjnano.3.84; D. Necas, P. Klapetek, "Gwyddion: an open-source software for SPM data
    analysis", Cent. Eur. J. Phys. 10, 181 (2012), doi:10.2478/s11534-011-0096-2 (flatten base, median of
    differences).
    """

    revision: ClassVar[int] = 6
    marks: ClassVar[str | None] = "mask"
    measures: ClassVar[tuple[Column, ...]] = (
        Column("coverage", SHARE, "share of the image that features cover, from 0 to 1"),
        Column("background_rms", IMAGE_UNIT, "standard deviation of the background"),
        Column("level_before", IMAGE_UNIT, "level of the background before"),
        Column("whole_line_jumps", "1", "lines that jump from end to end, far beyond the others or for good"),
    )

    step: Literal["auto_level"] = "auto_level"
    surface: Surface = "polynomial"
    """`plane`: slope of lines; `polynomial`: slope, bow and twist; `terraces`: slope, several levels."""

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        stack = spool(judging(stack))  # nothing to do where the runner has done it
        frames = self._levelled(stack)
        notes = tuple(frames.notes)
        record = self._new_record(stack).model_copy(update={"notes": list(notes)})
        maker = Maker(record.name, len(stack.provenance.steps), self.mask_name(record.name))
        after = stack.made_of(frames, stack.frame_metadata, maker, record)
        return replace(after, warnings=(*stack.warnings, *(f"{record.name}: {note}" for note in notes)))

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return self._levelled(stack), stack.frame_metadata

    def _levelled(self, stack: AFMImageStack) -> "Levelled":
        bad = frozenset(bad_frames(stack.frame_metadata))
        good = [index for index in range(len(stack)) if index not in bad]
        places = np.unique(np.linspace(0, len(good) - 1, min(len(good), SAMPLE_FRAMES)).round().astype(int))
        chosen = [good[place] for place in places]
        model = Model(self.surface)
        looks = _looks(stack, chosen, model)
        if looks and float(np.median([look.gain for look in looks.values()])) < LEAST_GAIN:
            model = Model(self.surface, lines=False)
            looks = _looks(stack, chosen, model)
        estimates = {index: look.estimate for index, look in looks.items()}
        window, levels = _movie_wide(list(estimates.values()))
        roughness = float(np.median([one.roughness for one in estimates.values()])) if estimates else 1.0
        return Levelled(stack.frames, model, window, levels, bad, estimates, roughness)


class _Look(NamedTuple):
    """What a frame shows of its background, and how much more alike its lines become."""

    estimate: Estimate
    gain: float


def _looks(stack: AFMImageStack, chosen: list[int], model: Model) -> dict[int, _Look]:
    with one_thread_blas():
        looks = {index: _look(stack, index, model) for index in chosen}
    return {index: look for index, look in looks.items() if look is not None}


def _look(stack: AFMImageStack, index: int, model: Model) -> _Look | None:
    frame = stack.frames[index]
    valid = frame.background()
    try:
        estimate = estimated(frame.image, valid, model)
        return _Look(estimate, likeness_gain(frame.image, valid, estimate))
    except NothingToFitError:
        return None
    except Exception as error:
        raise StepError(f"{type(error).__name__}: {error} (frame {index})") from error


def _movie_wide(looks: list[Estimate]) -> tuple[float, NDArray[np.float64]]:
    """The half width of the background, and the heights of terraces."""
    if not looks:
        return 0.0, np.zeros(1)
    noise = float(np.median([look.noise for look in looks]))
    return WINDOW * noise, _shared_levels([look.levels for look in looks], 3 * noise)


@dataclass(frozen=True, repr=False)
class Levelled(DerivedFrames):
    """Frames, each levelled by its background; what stands out is masked."""

    model: Model
    window: float
    levels: NDArray[np.float64]
    bad: frozenset[int]
    estimates: Mapping[int, Estimate]
    """Of the frames that gave the window."""
    roughness: float
    """How many times rougher their backgrounds are than their noise."""

    @property
    def notes(self) -> Iterator[str]:
        """One sentence for each thing that may not be as expected."""
        if not self.model.lines:
            yield LINES_ARE_ALIKE
        elif self.roughness > ROUGH:
            yield (
                f"the background is {self.roughness:.1f} times as rough as neighbouring lines are noisy: low "
                "features that cover much of the image may count as background; mask them in an earlier step"
            )

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        if index in self.bad:
            return Frame(frame.image, frame.mask)
        try:
            first = self.estimates.get(index)
            with one_thread_blas():
                estimate = background(
                    frame.image, frame.background(), self.model, first, self.window, self.levels
                )
        except NothingToFitError as error:
            return frame.as_it_was(frame.emptiness() or str(error))
        finite = np.isfinite(frame.image)
        features = without_specks(estimate.features(self.window) & finite)
        own = features.grown & finite
        measured = {
            "coverage": float(features.mask.mean()),
            "background_rms": estimate.noise,
            "level_before": estimate.level,
            "whole_line_jumps": float(estimate.jumps),
        }
        image = estimate.image if finite.all() else np.where(finite, estimate.image, frame.image)
        image = image.astype(self.dtype, copy=False)
        return Frame(image, own if frame.mask is None else own | frame.mask, measured, own)


def _shared_levels(levels: list[NDArray[np.float64]], apart: float) -> NDArray[np.float64]:
    """Zero, and the levels that at least half of the frames have."""
    others = np.sort(np.concatenate([one[1:] for one in levels]))
    groups = np.split(others, np.flatnonzero(np.diff(others) > apart) + 1)
    return np.array([0.0, *(float(group.mean()) for group in groups if len(group) >= len(levels) / 2)])

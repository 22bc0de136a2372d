"""A recipe on a movie, layer by layer, as far as it can be seen without computing the whole movie.

Frame steps are lazy, so a changed parameter costs one frame. A step that needs the whole movie is computed in
the background; what stands before it can be looked at meanwhile. Movies computed up to such a step are kept
for the next change, so that an edit further down does not compute them again.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from playnano.quality import judging
from playnano.recipe.recipe import Recipe
from playnano.stack.frames import Images
from playnano.stack.hashing import json_sha256
from playnano.stack.lazy import FrameImages
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import RAW, AFMImageStack
from playnano.steps import StackStep, Step
from playnano.viewer.jobs import Job, Jobs, Progress
from playnano.viewer.placing import READ, Corner, Placement, corner_of, history_placement

RESULT = "result"
MOST_COMPUTED = 4
MOST_DEVELOPED = 16


@dataclass(frozen=True, eq=False)
class Layer:
    """Something that can be looked at: the movie as it was read, after a step, or a mask."""

    name: str
    stack: AFMImageStack
    """The movie at that step: its times and pixel sizes are those of this layer."""
    images: Images
    is_mask: bool = False
    moves_pixels: bool = False
    """Whether pixels are elsewhere than in the layer before."""
    placement: Placement = READ


@dataclass
class Development:
    """The layers of one recipe on one movie."""

    recipe: Recipe
    stack: AFMImageStack
    """The movie as it was read."""
    layers: OrderedDict[str, Layer] = field(default_factory=OrderedDict)
    job: Job | None = None
    """The work that computes the layers that are not there yet."""
    job_number: int | None = None
    placement: Placement = READ
    """Where the pixels lie after the steps so far."""

    @property
    def complete(self) -> bool:
        """Whether every layer is there, the result too."""
        return RESULT in self.layers

    def first_shown(self, name: str) -> Layer:
        """The layer of that name, else the result, else the last one that is not a mask."""
        layers = self.layers
        images = [layer for layer in layers.values() if not layer.is_mask]
        return layers.get(name) or layers.get(RESULT) or images[-1]

    def take(self, step: Step, stack: AFMImageStack, corner: Corner) -> None:
        """Note the layer that a step left, and where the first of its pixels was before the step."""
        name = stack.provenance.steps[-1].name
        images = stack.masks[name] if step.is_mask else stack.processed[name]
        self.placement = Placement(name) if step.moves_pixels else self.placement.within(corner)
        self.layers[name] = Layer(name, stack, images, step.is_mask, step.moves_pixels, self.placement)

    def finish(self, stack: AFMImageStack) -> None:
        """Note the result: only when all steps are done, so that its address means one image for good."""
        self.layers[RESULT] = Layer(RESULT, stack, FrameImages(stack.frames), placement=self.placement)


class Developer:
    """Develops recipes on one movie; keeps what steps over the whole movie computed."""

    def __init__(self, stack: AFMImageStack, jobs: Jobs, threads: int) -> None:
        self.stack = stack
        self._jobs = jobs
        self._threads = threads
        self._computed: OrderedDict[str, tuple[AFMImageStack, Corner]] = OrderedDict()
        self._developments: OrderedDict[str, Development] = OrderedDict()
        self._lock = threading.Lock()

    def development(self, key: str) -> Development | None:
        """What was developed under the key of its recipe; None where it is gone."""
        return self._developments.get(key)

    def develop(self, recipe: Recipe) -> Development:
        """The layers of a recipe; those behind a step over the whole movie follow as its job ends.

        Raises
        ------
        PlaynanoError
            Where a step does not fit the movie.
        """
        key = recipe_key(recipe)
        with self._lock:
            development = self._developments.get(key)
            if development is not None and (
                development.job is None or development.job.state in ("running", "done")
            ):
                self._developments.move_to_end(key)
                return development
            self._cancel_others()
            development = self._begun(recipe)
            self._developments[key] = development
            while len(self._developments) > MOST_DEVELOPED:
                self._developments.popitem(last=False)
        return development

    def _cancel_others(self) -> None:
        for other in self._developments.values():
            if other.job is not None and other.job.state == "running":
                other.job.cancel()

    def _begun(self, recipe: Recipe) -> Development:
        development = Development(recipe, self.stack)
        development.layers.update((layer.name, layer) for layer in _given_layers(self.stack))
        stack, position = self.stack, 0
        for position, step in enumerate(recipe.steps):
            if needs_the_movie(step) and self._kept(recipe.steps, position) is None:
                self._continue_in_background(development, stack, position)
                return development
            stack, corner = self._applied(recipe.steps, position, stack)
            development.take(step, stack, corner)
        development.finish(stack)
        return development

    def _continue_in_background(self, development: Development, stack: AFMImageStack, position: int) -> None:
        def work(report: Progress) -> None:  # nothing comes of it but layers
            current = stack
            for place, step in list(enumerate(development.recipe.steps))[position:]:
                if needs_the_movie(step) and self._kept(development.recipe.steps, place) is None:
                    self._compute(development.recipe.steps, place, current, report)
                current, corner = self._applied(development.recipe.steps, place, current)
                development.take(step, current, corner)
            development.finish(current)

        development.job_number, development.job = self._jobs.start(work)

    def _compute(self, steps: Sequence[Step], place: int, stack: AFMImageStack, report: Progress) -> None:
        name = steps[place].step

        def progress(done: int, total: int) -> None:
            report(name, done, total)

        stored = spool(judging(stack), Scratch(), threads=self._threads, progress=progress)
        applied = steps[place].apply(stored)
        corner = corner_of(applied)  # once computed, the frames no longer say so
        applied = spool(applied, Scratch(), threads=self._threads, progress=progress)
        self._computed[_prefix_key(steps, place)] = applied, corner
        while len(self._computed) > MOST_COMPUTED:
            self._computed.popitem(last=False)

    def _kept(self, steps: Sequence[Step], place: int) -> tuple[AFMImageStack, Corner] | None:
        return self._computed.get(_prefix_key(steps, place))

    def _applied(
        self, steps: Sequence[Step], place: int, stack: AFMImageStack
    ) -> tuple[AFMImageStack, Corner]:
        step = steps[place]
        kept = self._kept(steps, place) if needs_the_movie(step) else None
        if kept is not None:
            return kept
        if not isinstance(step, StackStep):
            return step.apply(stack), (0, 0)
        after = step.preview(stack)
        return after, corner_of(after)


def needs_the_movie(step: Step) -> bool:
    """Whether a step needs the whole movie, so that it is computed in the background."""
    return isinstance(step, StackStep) and step.looks_at_frames()


def _given_layers(stack: AFMImageStack) -> Iterator[Layer]:
    """The movie before any step, and the layers that a stack brings from the steps it has been through."""
    if not stack.provenance.all_steps() or RAW in stack.processed:
        unprocessed = stack.raw()
        yield Layer(
            RAW, unprocessed, FrameImages(unprocessed.frames), placement=history_placement(stack, RAW)
        )
    for layers, is_mask in ((stack.processed, False), (stack.masks, True)):
        for name, images in layers.items():
            if name != RAW and images.shape == stack.shape:  # another shape: times and sizes were others
                yield Layer(name, stack, images, is_mask, placement=history_placement(stack, name))


def recipe_key(recipe: Recipe) -> str:
    """Names what a recipe makes of a movie: two recipes of the same key look the same."""
    opened = recipe.input.model_dump(mode="json", exclude={"path"})
    return json_sha256([opened, *_values(recipe.steps)])[:20]


def _prefix_key(steps: Sequence[Step], place: int) -> str:
    return json_sha256(list(_values(steps[: place + 1])))


def _values(steps: Sequence[Step]) -> Iterator[object]:
    return (step.model_dump(mode="json") for step in steps)

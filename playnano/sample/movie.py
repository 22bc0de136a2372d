"""A synthetic high-speed AFM movie whose truth is known, for the demonstration and for tests.

Rings and caps of protein size diffuse on mica while a two-headed motor walks hand over hand along a
filament; drift, tilt, bow, line noise and pixel noise are laid over them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.sample.shapes import HEAD, STEP_NM, Molecule, Points, draw, filament, molecule_shape
from playnano.stack.frames import Image
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import plain_metadata
from playnano.stack.provenance import Provenance, Source
from playnano.stack.stack import AFMImageStack

__all__ = ["Molecule", "Sample"]

_LEAST_DISTANCE_NM = 58.0
_MICA_GRAIN_NM = 5.0


@dataclass(frozen=True)
class Sample:
    """A movie made by rule: the same fields give the same movie, with its ground truth.

    Positions are (y, x) in pixels of the frame they are seen in, from the centre of the first pixel.
    """

    frames: int = 60
    height: int = 128
    width: int = 128
    pixel_size_nm: float = 4.0
    frame_interval_s: float = 0.5
    seed: int = 7
    molecules: int = 12
    drift_nm: float = 40.0
    """Distance the sample moves over the whole movie."""
    diffusion_nm: float = 2.5
    """Standard deviation of a molecule's step from frame to frame along each axis."""
    tilt_nm: tuple[float, float] = (-3.0, 5.0)
    """Rise over the whole image along y and x."""
    bow_nm: float = 1.5
    """Sag of the image's middle under its corners."""
    line_noise_nm: float = 0.3
    pixel_noise_nm: float = 0.08
    roughness_nm: float = 0.06
    """Standard deviation of the mica itself."""
    time_jitter_s: float = 0.0
    """Standard deviation of a frame's time about its place in a regular row."""

    def __post_init__(self) -> None:
        if min(self.frames, self.height, self.width, self.pixel_size_nm, self.frame_interval_s) <= 0:
            raise PlaynanoError("a sample's frames, pixels and frame interval are greater than 0")

    def stack(self) -> AFMImageStack:
        """The movie as an instrument would give it; float32 nm, made on demand."""
        return self._stack_of(self.image)

    def clean_stack(self) -> AFMImageStack:
        """The movie without tilt, bow and noise; drift is left in it."""
        return self._stack_of(self.surface)

    def image(self, index: int) -> Image:
        """One image with all that a real one suffers from; float32 nm."""
        random = np.random.default_rng([self.seed, 1, index])
        lines = random.normal(scale=self.line_noise_nm, size=(self.height, 1))
        pixels = random.normal(scale=self.pixel_noise_nm, size=(self.height, self.width))
        return (self.surface(index) + self.background() + lines + pixels).astype(np.float32)

    def background(self) -> Image:
        """Tilt and bow, the same in every frame: nm, of mean zero."""
        y, x = np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in (self.height, self.width)), indexing="ij")
        bow = self.bow_nm * (2 * (y**2 + x**2) - 1)
        surface: Image = self.tilt_nm[0] * y + self.tilt_nm[1] * x + bow - bow.mean()
        return surface

    def surface(self, index: int) -> Image:
        """What lies under the tip: mica at about 0 nm, filament, molecules and motor."""
        shift = self.drift()[index]
        start, along = self._track
        image = self._mica(shift) + filament(
            (self.height, self.width), start + shift, along, self.pixel_size_nm
        )
        for molecule, centre, turn in zip(
            self.kinds(), self.positions()[index], self._diffusion[1][index], strict=True
        ):
            draw(image, centre, molecule_shape(molecule, turn), self.pixel_size_nm)
        for head in self.heads()[index]:
            draw(image, head, HEAD, self.pixel_size_nm)
        return image

    def kinds(self) -> tuple[Molecule, ...]:
        """What each diffusing molecule looks like."""
        random = np.random.default_rng([self.seed, 2])
        heights = random.uniform(3.0, 5.0, self.molecules)
        return tuple(Molecule(place % 3 != 2, float(z), 7) for place, z in enumerate(heights))

    def drift(self) -> Points:
        """Where the sample has moved to since the first frame: (frames, 2), pixels along y and x."""
        part = np.linspace(0, 1, self.frames)
        path: Points = np.stack(
            [0.55 * part + 0.08 * np.sin(7 * part), 0.84 * part + 0.08 * np.sin(4 * part)], axis=1
        )
        return path * self.drift_nm / self.pixel_size_nm

    def positions(self) -> Points:
        """Centres of the diffusing molecules: (frames, molecules, 2), pixels."""
        centres: Points = self._diffusion[0] + self.drift()[:, None]
        return centres

    def heads(self) -> Points:
        """Centres of the motor's two heads: (frames, 2, 2), pixels."""
        start, along = self._track
        steps = self._steps_walked[:, None] + np.array([[0, 1]])
        away = steps[:, :, None] * STEP_NM / self.pixel_size_nm * along
        centres: Points = start + away + self.drift()[:, None]
        return centres

    def walker(self) -> Points:
        """Centre of the motor: (frames, 2), pixels."""
        centre: Points = self.heads().mean(axis=1)
        return centre

    def times_s(self) -> Points:
        """Start of every frame from that of the first; irregular where `time_jitter_s` is not zero."""
        random = np.random.default_rng([self.seed, 3])
        late = random.normal(scale=self.time_jitter_s / self.frame_interval_s, size=self.frames)
        times: Points = (np.arange(self.frames) + np.clip(late, -0.45, 0.45)) * self.frame_interval_s
        times -= times[0]
        return times

    def truth(self) -> dict[str, Any]:
        """Everything known about the movie, as JSON can hold it."""
        settings = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return settings | {
            "unit": "nm",
            "axes": "positions are (y, x) in pixels",
            "times_s": self.times_s().tolist(),
            "drift_px": self.drift().tolist(),
            "molecule_kinds": [kind.__dict__ for kind in self.kinds()],
            "positions_px": self.positions().tolist(),
            "walker_px": self.walker().tolist(),
            "heads_px": self.heads().tolist(),
        }

    def _stack_of(self, read: Callable[[int], Image]) -> AFMImageStack:
        return AFMImageStack(
            frames=ReadFrames(read, (self.frames, self.height, self.width)),
            channel="height_trace",
            unit="nm",
            pixel_size_nm=self.pixel_size_nm,
            pixel_size_y_nm=self.pixel_size_nm,
            frame_metadata=plain_metadata(
                self.frames,
                timestamps=self.times_s().tolist(),
                pixel_size_nm=self.pixel_size_nm,
                frame_duration_s=0.96 * self.frame_interval_s,
                scan_direction="down",
                line_rate=self.height / (0.96 * self.frame_interval_s),
            ),
            provenance=Provenance(input=Source(name="sample", channel="height_trace")),
        )

    @cached_property
    def _track(self) -> tuple[Points, Points]:
        """Where the walk starts, and the direction of the filament: (y, x), pixels."""
        angle = np.deg2rad(-14)
        return np.array([0.62 * self.height, 0.03 * self.width]), np.array([np.sin(angle), np.cos(angle)])

    @cached_property
    def _steps_walked(self) -> NDArray[np.int64]:
        """Steps that the motor has made when a frame is taken; waiting times are exponential."""
        room = max(0, int(0.85 * self.width * self.pixel_size_nm / STEP_NM) - 1)
        made = np.random.default_rng([self.seed, 4]).random(self.frames) < room / max(1, self.frames)
        return np.minimum(np.cumsum(made), room)

    @cached_property
    def _diffusion(self) -> tuple[Points, Points]:
        """Positions (frames, molecules, 2) in pixels, without drift, and turns (frames, molecules)."""
        random = np.random.default_rng([self.seed, 5])
        size = np.array([self.height, self.width]) * self.pixel_size_nm
        path = np.empty((self.frames, self.molecules, 2))
        now: Points = np.empty((0, 2))
        for _ in range(self.molecules):
            now = np.vstack([now, self._free_place(random, now, size)])
        for index in range(self.frames):
            path[index] = now
            now = self._moved(random, now, size)
        turns = np.cumsum(random.normal(scale=0.15, size=(self.frames, self.molecules)), axis=0)
        return path / self.pixel_size_nm, turns

    def _free_place(self, random: np.random.Generator, taken: Points, size: Points) -> Points:
        tries = random.uniform(0.04, 0.9, (400, 2)) * size
        return max(tries, key=lambda place: min(self._clearance(place, taken), _LEAST_DISTANCE_NM))

    def _moved(self, random: np.random.Generator, now: Points, size: Points) -> Points:
        """Every molecule one step on; a step that leads into another or off the image is not made."""
        then = now.copy()
        for place, step in enumerate(random.normal(scale=self.diffusion_nm, size=now.shape)):
            position, others = then[place] + step, np.delete(then, place, axis=0)
            free = self._clearance(position, others) >= min(
                _LEAST_DISTANCE_NM, self._clearance(then[place], others)
            )
            if free and ((position > 0) & (position < size)).all():
                then[place] = position
        return then

    def _clearance(self, place: Points, others: Points) -> float:
        """Distance in nm to the nearest of the others, or to the filament."""
        start, along = self._track
        away = place - start * self.pixel_size_nm
        from_filament = abs(away[0] * along[1] - away[1] * along[0]) * 1.3
        return float(min([from_filament, *np.hypot(*(others - place).T)]))

    @cached_property
    def _mica_spectrum(self) -> NDArray[np.complex128]:
        random = np.random.default_rng([self.seed, 6])
        fy, fx = self._frequencies
        grain = np.exp(-2 * (np.pi * _MICA_GRAIN_NM / self.pixel_size_nm) ** 2 * (fy**2 + fx**2))
        spectrum = np.fft.rfft2(random.normal(size=(self.height, self.width))) * grain
        spectrum[0, 0] = 0
        spread = np.fft.irfft2(spectrum, (self.height, self.width)).std()
        return spectrum * (self.roughness_nm / spread if spread else 0.0)

    @cached_property
    def _frequencies(self) -> tuple[Points, Points]:
        return np.fft.fftfreq(self.height)[:, None], np.fft.rfftfreq(self.width)[None]

    def _mica(self, shift: Points) -> Image:
        """The bare surface, moved by a shift in pixels."""
        fy, fx = self._frequencies
        phase = np.exp(-2j * np.pi * (fy * shift[0] + fx * shift[1]))
        mica: Image = np.fft.irfft2(self._mica_spectrum * phase, (self.height, self.width))
        return mica

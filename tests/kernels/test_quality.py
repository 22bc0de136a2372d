"""Which frames show the sample: synthetic scenes whose kind is certain, and the real movies."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from playnano.kernels.quality import ONE_LEVEL, LineEvidence, contact_limits, frame_quality, line_evidence

SHAPE = (96, 128)
RNG = np.random.default_rng(5)


def mica() -> Any:
    """Noise, row offsets and a tilt: a flat sample, in contact."""
    return RNG.normal(0, 0.1, SHAPE) + RNG.normal(0, 0.1, SHAPE[0])[:, None] + np.linspace(0, 5, SHAPE[1])


def particles() -> Any:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    centres = RNG.uniform((0, 0), SHAPE, (12, 2))
    return mica() + sum(3 * np.exp(-((y - a) ** 2 + (x - b) ** 2) / 50) for a, b in centres)


def lattice() -> Any:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return mica() + 0.3 * np.cos(2 * np.pi * x / 9) * np.cos(2 * np.pi * y / 11)


def lost() -> Any:
    """Ramps that neighbouring lines do not share."""
    ramps = np.polynomial.legendre.legvander(np.linspace(-1, 1, SHAPE[1]), 6)
    return RNG.normal(0, 0.1, SHAPE) + RNG.normal(0, 1.5, (SHAPE[0], 7)) @ ramps.T


def garbage() -> Any:
    return RNG.uniform(-50, 50, SHAPE)


def partial() -> Any:
    image = particles()
    image[70:] = image[69, 0]
    return image


def unrecorded() -> Any:
    image = particles()
    image[:20] = np.nan
    return image


def few_ramps() -> Any:
    image = lost()
    image[30:] = 0
    return image


def frame_qualities(evidence: Sequence[LineEvidence]) -> list[str]:
    """The quality of each frame of a movie."""
    limits = contact_limits(evidence)
    return [frame_quality(one, limits) for one in evidence]


def kinds(*scenes: Callable[[], Any]) -> list[str]:
    return frame_qualities([line_evidence(scene().astype(np.float32)) for scene in scenes])


@pytest.mark.parametrize("scene", [mica, particles, lattice])
@pytest.mark.parametrize("bad", [lost, garbage, few_ramps])
def test_lost_frames_beside_good_ones(scene: Callable[[], Any], bad: Callable[[], Any]) -> None:
    assert kinds(scene, scene, bad, scene, scene, bad) == ["good", "good", "lost", "good", "good", "lost"]


def test_bare_mica_between_frames_with_particles_is_good() -> None:
    assert kinds(particles, mica, particles, mica, mica, lattice) == ["good"] * 6


def test_noise_alone_is_not_lost() -> None:
    noisy = [line_evidence(mica()) for _ in range(3)] + [line_evidence(mica() + RNG.normal(0, 0.2, SHAPE))]
    assert frame_qualities(noisy) == ["good"] * 4


def test_partial_and_blank() -> None:
    blank = [np.full(SHAPE, np.nan), np.full(SHAPE, 3.0)]
    evidence = [line_evidence(image) for image in (partial(), unrecorded(), particles(), *blank)]
    assert frame_qualities(evidence) == ["partial", "partial", "good", "blank", "blank"]
    assert evidence[0].flat_lines == pytest.approx(26 / 96)


def test_nothing_depends_on_an_offset_or_on_units() -> None:
    image = particles()
    one, far, metres = (
        line_evidence(image * scale + offset) for scale, offset in ((1, 0), (1, 1e6), (1e-9, 0))
    )
    np.testing.assert_allclose(far, one, rtol=1e-4)
    assert metres.line_correlation == pytest.approx(one.line_correlation)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (3, 3), (4, 2), (1, 1)])
def test_small_images_are_good_or_blank(shape: tuple[int, int]) -> None:
    images = [RNG.normal(size=shape), RNG.normal(size=shape)]
    expected = "blank" if shape == (1, 1) else "good"
    assert frame_qualities([line_evidence(image) for image in images]) == [expected] * 2


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("asd/202110200146.asd", {}),
        ("asd/asd_sample_0.asd", {"lost": (22, 23, 25, 26, 29, 30, 31), "partial": (24,), "blank": (27, 28)}),
        ("asd/extra_sample.asd", {"lost": (3, 4), "blank": (0, 1, 2, 63)}),
        ("jpk_folder/streptavidin", {}),
        ("spm_folder/nanolocz_fastscan", {}),
        ("h5-jpk/sample_0.h5-jpk", {}),
    ],
)
def test_real_movies(data_folder: Any, name: str, bad: dict[str, tuple[int, ...]]) -> None:
    import playnano
    from playnano.quality import judged

    assert judged(playnano.load(data_folder / name), threads=2).provenance.frame_quality == bad


@pytest.mark.parametrize("others", range(180, 215, 3))
@pytest.mark.parametrize("apart", [True, False])
def test_blank_is_what_has_nearly_all_pixels_on_one_level(others: int, apart: bool) -> None:
    image = np.full(256 * 256, 2.5, np.float32)
    places = np.arange(others) * (301 if apart else 1) + 1000
    image[places] = np.arange(others)
    blank = others / image.size < 1 - ONE_LEVEL
    assert (line_evidence(image.reshape(256, 256)).flat_lines == 1) == blank

"""Levelling and drift on the movies of `playnano sample --scenario`, against their truth."""

from typing import Any

import numpy as np
import pytest

from playnano.sample.movie import Sample
from playnano.sample.scenarios import scenario
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

SMALL: dict[str, Any] = {"frames": 12, "height": 128, "width": 128}


def background_lines(levelled: AFMImageStack, sample: Sample, index: int) -> Any:
    """How far the background of each line is off; NaN where a line has little."""
    mask = levelled.frames[index].mask
    apart = levelled[index].astype(float) - sample.surface(index)
    lines = [
        row[~m] for row, m in zip(apart, np.zeros(apart.shape, bool) if mask is None else mask, strict=True)
    ]
    return np.array([np.median(line) if len(line) > 8 else np.nan for line in lines])


@pytest.mark.parametrize(
    ("name", "limit"), [("molecules", 0.03), ("drift", 0.03), ("scars", 0.03), ("crowded", 0.1)]
)
@pytest.mark.parametrize("seed", [0, 3])
def test_lines_are_level(name: str, limit: float, seed: int) -> None:
    sample = scenario(name, seed=seed, **SMALL)
    levelled = spool(sample.stack().apply("auto_level"), threads=2)
    lines = [background_lines(levelled, sample, index) for index in range(len(levelled))]
    assert max(np.nanstd(one) for one in lines) < limit
    assert np.std([np.nanmedian(one) for one in lines]) < 0.03  # flicker


def test_terraces_keep_their_heights() -> None:
    sample = scenario("terraces", **SMALL)
    levelled = spool(sample.stack().apply("auto_level", surface="terraces"), threads=2)
    for index in range(len(levelled)):
        terraces = sample.terraces(index)  # type: ignore[attr-defined]
        apart = levelled[index].astype(float) - sample.surface(index)
        steps = [np.median(apart[terraces == number]) for number in (0, 1)]
        assert abs(steps[1] - steps[0]) < 0.3


@pytest.mark.parametrize(
    ("name", "settings", "limit"),
    [
        ("molecules", {}, 0.25),
        ("drift", {}, 0.25),
        ("lattice", {}, 0.05),
        ("crowded", {}, 0.1),
        ("blank-frames", {}, 0.25),
        ("scars", {"diffusion_nm": 0.0}, 0.05),
        ("drift", {"diffusion_nm": 0.0}, 0.05),
    ],
)
def test_drift_is_found(name: str, settings: dict[str, Any], limit: float) -> None:
    """Where all molecules diffuse, their mean walk is part of what looks like drift."""
    sample = scenario(name, **SMALL, **settings)
    aligned = spool(sample.stack().apply("auto_level").apply("clear_mask").apply("align_frames"))
    measured = aligned.provenance.steps[-1].measured
    found = np.array(measured["found"], bool)
    off = np.stack([measured["shift_y"], measured["shift_x"]], axis=1).astype(float) + sample.drift()
    off -= off[found].mean(axis=0)
    assert np.sqrt(np.mean(off[found] ** 2, axis=0)).max() < limit
    assert found.tolist() == [
        kind == "good" for kind in sample.truth().get("quality", ["good"] * len(aligned))
    ]

"""Scenarios hold what their names say, and their truth beside."""

import json
from typing import Any

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.quality import judged
from playnano.sample.scenarios import SCENARIOS, scenario

SMALL: dict[str, Any] = {"frames": 20, "height": 64, "width": 96}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_is_made_by_rule_and_states_its_truth(name: str) -> None:
    first, second = (scenario(name, **SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.image(7), second.image(7))
    truth = json.loads(json.dumps(first.truth()))
    assert len(truth["drift_px"]) == 20
    assert first.image(7).dtype == np.float32


def test_an_unknown_scenario_is_named_beside_those_there_are() -> None:
    with pytest.raises(PlaynanoError, match="no scenario 'teraces'; choose one of molecules, terraces"):
        scenario("teraces")


def test_terraces_are_steps_apart() -> None:
    sample = scenario("terraces", **SMALL)
    level = sample.surface(0) - scenario("molecules", molecules=4, **SMALL).surface(0)
    assert np.unique(level.round(6)).tolist() == [0.0, 3.0, 6.0]


def test_the_lattice_repeats() -> None:
    surface = scenario("lattice", roughness_nm=0.0, **SMALL).surface(3)
    np.testing.assert_allclose(surface[:, 12:], surface[:, :-12], atol=1e-9)


def test_a_crowd_covers_more_and_drift_goes_further() -> None:
    crowd, few = (scenario(name, **SMALL).surface(0) for name in ("crowded", "molecules"))
    assert (crowd > 1).mean() > 1.5 * (few > 1).mean()
    far, near = (np.ptp(scenario(name, **SMALL).drift()) for name in ("drift", "molecules"))
    assert far == pytest.approx(5 * near)


def test_scars_are_where_the_truth_says() -> None:
    sample = scenario("scars", **SMALL)
    difference = sample.image(4) - scenario("molecules", **SMALL).image(4)
    expected = np.zeros_like(difference)
    for row, start, stop, height in sample.truth()["scars"][4]:
        expected[row, start:stop] = height
    np.testing.assert_allclose(difference, expected, atol=1e-5)
    assert np.count_nonzero(expected) > 40


def test_frames_without_contact_are_judged_as_the_truth_says() -> None:
    sample = scenario("blank-frames", **SMALL)
    metadata = judged(sample.stack()).frame_metadata
    assert [frame["quality"] for frame in metadata] == sample.truth()["quality"]

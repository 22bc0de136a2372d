"""What steps measure arrives: in the provenance of a run, and in every bundle that holds one."""

from pathlib import Path

import numpy as np
import pytest

import playnano
from playnano.exporters.data.npz import NpzExport
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack.stack import AFMImageStack

RECIPE = """\
version: 1
steps:
  - {{step: remove_plane}}
  - {{step: mask_threshold, threshold: 1.5}}
  - {{step: {align}, mode: pad}}
exports: [{{format: npz}}, {{format: h5}}, {{format: tif}}, {{format: ome-zarr}}]
"""
SHIFTS = np.array([(0, 0), (0, 1), (1, 2), (2, 2), (2, 4)])


@pytest.fixture
def drifting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    y, x = np.mgrid[:48, :64]
    rng = np.random.default_rng(2)
    places = rng.uniform((6, 6), (42, 58), size=(14, 2))
    frames = [
        sum(3 * np.exp(-((y - a - dy) ** 2 + (x - b - dx) ** 2) / 9) for a, b in places)
        + rng.normal(scale=0.05, size=y.shape)
        for dy, dx in SHIFTS
    ]
    stack = AFMImageStack.from_array(
        np.array(frames, np.float32), pixel_size_nm=1.0, timestamps=[0, 1, 2, 3, 4]
    )
    NpzExport().write(stack, tmp_path / "movie.npz")
    return tmp_path / "movie.npz"


@pytest.mark.parametrize("align", ["align_frames", "rolling_frame_align"])
def test_shifts_arrive_in_every_bundle(drifting: Path, align: str) -> None:
    done = run_movie(read_recipe(RECIPE.format(align=align)), drifting)
    for path in done.outputs:
        made = playnano.load(path).provenance.history[-1]
        assert [dict(record.measured) for record in made.steps] == [
            dict(record.measured) for record in done.stack.provenance.steps
        ]
        plane, mask, aligned = (record.measured for record in made.steps)
        assert {"tilt_x", "tilt_y", "offset"} <= set(plane)
        assert set(mask) == {"masked_share"}
        assert {"shift_y", "shift_x", "confidence"} <= set(aligned)
        found = np.array([aligned["shift_y"], aligned["shift_x"]]).T
        np.testing.assert_allclose(-found + found[0], SHIFTS, atol=0.3)
        assert min(aligned["confidence"]) > 0.5

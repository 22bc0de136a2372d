"""What `playnano formats` says that a format keeps comes back, and what it says is lost does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from playnano import load
from playnano.cli.app import app
from playnano.exporters import EXPORTS
from playnano.exporters.base import FACTS
from playnano.readers import READERS
from playnano.stack.provenance import Source
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.testing.exporters import COMES_BACK

READABLE = [name for name in EXPORTS.builtins if "heights" in EXPORTS[name].preserves]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie with a hole, layer, mask, table and maps, that says all that it can say of itself."""
    rng = np.random.default_rng(0)
    images = rng.normal(scale=3, size=(5, 12, 16)).astype(np.float32)
    images[2, 3, 4] = np.nan
    stack = AFMImageStack.from_array(images, pixel_size_nm=(1.5, 0.8), channel="height_retrace")
    stack = replace(
        stack,
        frame_metadata=tuple(
            {
                "timestamp": 0.5 * index,
                "frame_pixel_size_nm": 0.8,
                "frame_duration_s": 0.48,
                "start_epoch_ms": 1_700_000_000_000 + 500 * index,
                "scan_direction": "down",
                "line_rate": 25.0,
            }
            for index in range(5)
        ),
        provenance=stack.provenance.model_copy(update={"input": Source(name="a", channel="height_retrace")}),
    )
    stack = stack.apply("remove_plane").apply("mask_threshold", threshold=2.0, name="feature_mask")
    path = tmp_path_factory.mktemp("bundle") / "bundle.npz"
    measured = spool(stack, Scratch(path.parent)).measure("features").measure("temporal_maps")
    EXPORTS["npz"]().write(measured, path)
    return path


@pytest.mark.parametrize("format", READABLE)
def test_a_format_keeps_what_it_says(format: str, bundle: Path, tmp_path: Path) -> None:
    export = EXPORTS[format]
    output = tmp_path / f"movie{export.extension}"
    result = CliRunner().invoke(app, ["convert", str(bundle), str(output), "--to", format])
    assert result.exit_code == 0, result.output
    written, read = load(bundle), load(output)
    back = [fact for fact in FACTS if COMES_BACK[fact](written, read)]
    assert back == list(export.preserves)


def test_every_fact_is_looked_at() -> None:
    assert tuple(COMES_BACK) == FACTS
    assert {"tif", "npz", "h5"} <= set(READABLE)


@pytest.mark.parametrize("name", READERS.builtins)
def test_every_reader_says_what_it_keeps_and_loses(name: str) -> None:
    assert READERS[name].keeps
    assert READERS[name].loses


@pytest.mark.parametrize("format", [name for name in READABLE if "times" in EXPORTS[name].preserves])
def test_times_of_some_frames_are_kept_as_they_were(format: str, bundle: Path, tmp_path: Path) -> None:
    output = tmp_path / f"movie{EXPORTS[format].extension}"
    argv = ["convert", str(bundle), str(output), "--to", format, "--frames", "2:5"]
    assert CliRunner().invoke(app, argv).exit_code == 0
    assert load(output).timestamps.tolist() == [1.0, 1.5, 2.0]

"""`--combine` with `--channel`: trace and retrace of a file as one movie."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from playnano import load
from playnano.sample.files import write_jpk_h5
from playnano.sample.movie import Sample

PAIR = "height_trace,height_retrace"


@pytest.fixture
def both(folder: Path) -> Path:
    """A movie whose retrace is its trace, one pixel further to the right."""
    path = folder / "both.h5-jpk"
    write_jpk_h5(Sample(frames=2, height=24, width=40, molecules=3).stack(), path)
    with h5py.File(path, "r+") as file:
        measurement = file["Measurement_000"]
        measurement.copy("Channel_000", "Channel_001")
        measurement["Channel_001"].attrs["retrace"] = np.bytes_(b"true")
        heights = measurement["Channel_001/Height"]
        heights[:] = np.roll(heights[:], 1, axis=0)
    return path


def test_process(playnano, both: Path) -> None:
    flags = ("--channel", PAIR, "--combine", "interleave", "--export", "npz")
    result = playnano("process", "both.h5-jpk", *flags)
    assert result.exit_code == 0, result.output
    stack = load(both.parent / "output/both.npz")
    assert len(stack) == 4
    assert stack.channel == "height_trace, height_retrace"
    assert stack.frame_metadata[0]["retrace_shift_px"] == pytest.approx(1, abs=0.05)
    assert playnano("verify", "output/both.npz").exit_code == 0
    printed = playnano("process", "both.h5-jpk", *flags, "--print-recipe").stdout
    (both.parent / "again.yaml").write_text(printed, encoding="utf-8")
    assert playnano("run", "again.yaml", "--output-folder", "again").exit_code == 0
    np.testing.assert_array_equal(load(both.parent / "again/both.npz").data, stack.data)


def test_info_and_convert(playnano, both: Path) -> None:
    told = playnano("info", "both.h5-jpk", "--channel", PAIR, "--combine", "mean")
    assert told.exit_code == 0, told.output
    assert "height_trace + height_retrace in nm" in told.output
    assert "retrace_shift_px: 1" in told.output
    line = f"convert both.h5-jpk difference.h5 --channel {PAIR} --combine difference"
    assert playnano(*line.split()).exit_code == 0
    assert load(both.parent / "difference.h5").channel == "height_trace - height_retrace"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--combine mean", "--combine: this takes two channels: 'channel: [height_trace, height_retrace]'"),
        (
            "--channel height_trace --combine mean",
            "--combine: this takes two channels: 'channel: [height_trace, height_retrace]'",
        ),
        (f"--channel {PAIR}", "two channels need `combine` of the input"),
        (f"--channel {PAIR} --combine median", "input should be 'mean', 'difference' or 'interleave'"),
        (f"--channel {PAIR},x --combine mean", "list should have at most 2 items, not 3"),
    ],
)
def test_flags_that_do_not_go_together(playnano, both: Path, flags: str, message: str) -> None:
    result = playnano("process", "both.h5-jpk", "--export", "npz", *flags.split())
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())

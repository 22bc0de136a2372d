"""Every real file is read as independent readers read it, or refused in one line, within limits."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reading_child import read_alone

from playnano import load

LONGEST_S = 60
FIXED_MEMORY = 48_000_000
"""What a library takes once, whatever the size of the file."""
MOST_TIMES_ITS_SIZE = 4
REFUSED = {
    "createc_dat/A250320.191933.dat": "it is a Createc .dat file",
    "fast_h5/20141003_24.h5": "it is an HDF5 file of another program",
    "levelling_reference/gwyddion_asd_sample_0_frame0.npz": "it is a NumPy archive, but not a bundle",
    "negative_jpk_force/fmt-jpk-fd_spot3-0192.jpk-force": "it holds force curves",
    "spm/BrukerReader_ForceCurve_Sapphire_TAP525.001": "force curve",
    "tiff_stack/Particle-Detect_Test_Stack.tif": "set `unit`",
}
REAL = (
    sorted(json.loads((Path(os.environ["PLAYNANO_TEST_DATA"]) / "reference.json").read_text())["files"])
    if os.environ.get("PLAYNANO_TEST_DATA")
    else []
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for a child's memory")


def size(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


@pytest.mark.parametrize("name", REAL)
def test_a_real_file(name: str, data_folder: Path, reference: dict[str, Any]) -> None:
    found = read_alone(data_folder / name, LONGEST_S)
    assert found["bytes"] < MOST_TIMES_ITS_SIZE * size(data_folder / name) + FIXED_MEMORY
    if name in REFUSED:
        assert REFUSED[name] in found["error"]
        assert "\n" not in found["error"]
        return
    assert "error" not in found, found
    assert found["pixel_size_nm"] == pytest.approx(list(pixel_size_nm(reference[name])), rel=1e-6)
    assert any(fits(found, expected) for expected in heights(reference[name])), found
    assert set(found["scan_directions"]) <= {None, "up", "down"}
    if name.endswith("/"):
        assert found["times"] == pytest.approx([f["t_s"] for f in reference[name]["frames"]], abs=1e-9)


def pixel_size_nm(entry: dict[str, Any]) -> tuple[float, float]:
    """(x, y) as the reference says."""
    told = entry.get("frames", [entry])[0].get("pixel_nm")
    if told is None:
        told = entry["readers"]["AFMReader 0.0.7"]["px_nm"]
    return tuple(told) if isinstance(told, list) else (told, told)


def heights(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What independent readers say of images in nm: the reference where there is one."""
    if "frames" in entry:
        frames = entry["frames"]
        return [{**frames[0], "shape": [len(frames), *frames[0]["shape"]], "end": frames[-1]}]
    told = entry.get("reference", {})
    if "frame0_nm" in told:
        corners = {key: told[key] for key in ("row0_first3", "lastrow_first3") if key in told}
        return [{**told["frame0_nm"], **corners, "shape": told["shape"], "end": told["last_nm"]}]
    images = [c for c in entry.get("channels_gwyddion", []) if c["unit"] == "nm"]
    read_so = [r for r in entry.get("readers", {}).values() if isinstance(r, dict) and "frame0" in r]
    return [{**c, "shape": [1, *c["shape"]]} for c in images] or [
        {**r["frame0"], "shape": [1, *r["shape"]][-3:], "end": r.get("last")} for r in read_so
    ]


def fits(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Shape, statistics of the first and the last frame, and the corners that fix the orientation."""
    pairs = [(found["first"], [expected[key] for key in ("min", "max", "mean", "std")])]
    if expected.get("end"):
        pairs.append((found["last"], [expected["end"][key] for key in ("min", "max", "mean", "std")]))
    pairs += [
        (found[mine], expected[theirs])
        for mine, theirs in (("corner", "row0_first3"), ("last_row", "lastrow_first3"))
        if theirs in expected
    ]
    close = all(np.allclose(a, b, rtol=1e-5, atol=1e-5) for a, b in pairs)
    return found["shape"] == expected["shape"] and close


@pytest.mark.parametrize("name", ["h5-jpk/sample_0.h5-jpk", "jpk/sample_0.jpk", "asd/asd_sample_0.asd"])
def test_the_users_unit_leaves_the_heights_of_a_real_file_as_they_are(name: str, data_folder: Path) -> None:
    path = data_folder / name
    np.testing.assert_array_equal(load(path, unit="nm")[0], load(path)[0])

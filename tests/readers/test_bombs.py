"""Small files that claim to be large: refused in one line, in little memory."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from little_memory import in_little_memory

from playnano import load
from playnano.errors import ReadError
from playnano.exporters import EXPORTS
from playnano.stack.stack import AFMImageStack

SMALL = AFMImageStack.from_array(np.zeros((2, 8, 8), np.float32))
OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def ome_tiff(path: Path, *, t: int = 1, y: int = 8, x: int = 8, ours: bool = False, inside: str = "") -> None:
    pixels = f'ID="Pixels:0" DimensionOrder="XYCZT" Type="float" SizeX="{x}" SizeY="{y}" SizeT="{t}"'
    creator = ' Creator="playnano 1"' if ours else ""
    channel = '<Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
    told = f'<Pixels {pixels} SizeC="1" SizeZ="1">{channel}<TiffData IFD="0">{inside}</TiffData></Pixels>'
    xml = f'<?xml version="1.0"?><OME xmlns="{OME}"{creator}><Image ID="Image:0">{told}</Image></OME>'
    tifffile.imwrite(path, np.zeros((1, 8, 8), np.float32), description=xml, metadata=None)


def npz(path: Path, **texts: str) -> None:
    """A bundle with other texts, which are not made in memory twice."""
    EXPORTS["npz"]().write(SMALL, path.with_name("small.npz"))
    with (
        zipfile.ZipFile(path.with_name("small.npz")) as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in small.namelist():
            content = small.read(name)
            if name.removesuffix(".npy") in texts:
                buffer = io.BytesIO()
                np.save(buffer, np.asarray(texts[name.removesuffix(".npy")].encode()))
                content = buffer.getvalue()
            bomb.writestr(name, content)


def h5(path: Path) -> None:
    EXPORTS["h5"]().write(SMALL, path)
    with h5py.File(path, "a") as file:
        del file["data"]
        file.create_dataset("data", (2, 30_000, 30_000), "f4", chunks=(1, 30_000, 30_000), compression=9)


BOMBS: dict[str, Callable[[Path], None]] = {
    "frames.ome.tif": lambda path: ome_tiff(path, t=2_000_000_000),
    "ours.ome.tif": lambda path: ome_tiff(path, t=2_000_000_000, ours=True),
    "pixels.ome.tif": lambda path: ome_tiff(path, t=100, y=1_000_000, x=1_000_000),
    "metadata.npz": lambda path: npz(path, frame_metadata_json="[" + "{}," * 5_000_000 + "{}]"),
    "provenance.npz": lambda path: npz(path, provenance_json=json.dumps({"history": [{}] * 4_000_000})),
    "unit.npz": lambda path: npz(path, unit="n" * 20_000_000),
    "pixels.h5": h5,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_a_file_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    BOMBS[name](tmp_path / name)
    assert (tmp_path / name).stat().st_size < 200_000
    done = in_little_memory("info", tmp_path / name)
    assert done.code == 1, done.errors
    assert " claims " in done.errors
    assert done.errors.startswith(f"error: {tmp_path / name}: ")
    assert done.errors.count("\n") == 1  # and within the limit of memory


@pytest.mark.parametrize(("start", "each"), [("", "key{}: 1\n"), ("steps:\n", "- step: s{}\n")])
def test_a_recipe_of_thousands_of_faults_lists_some(tmp_path: Path, start: str, each: str) -> None:
    unknown = start + "".join(each.format(number) for number in range(2000))
    (tmp_path / "a.yaml").write_text("version: 1\n" + unknown, encoding="utf-8")
    done = in_little_memory("check", tmp_path / "a.yaml", timeout=30)
    assert done.code == 1
    assert done.errors.rstrip().endswith("more faults")
    assert len(done.errors.splitlines()) < 400


def test_ome_xml_opens_no_other_file(tmp_path: Path) -> None:
    ome_tiff(tmp_path / "other.ome.tif")
    inside = '<UUID FileName="other.ome.tif">urn:uuid:1</UUID></TiffData><TiffData><UUID>urn:uuid:2</UUID>'
    ome_tiff(tmp_path / "a.ome.tif", t=2, inside=inside)
    with pytest.raises(ReadError, match="its images are in several files"):
        load(tmp_path / "a.ome.tif", unit="nm")


@pytest.mark.parametrize("name", ["frame_metadata_json", "data"])
def test_links_of_hdf5_are_not_followed(tmp_path: Path, name: str) -> None:
    for file in ("a.h5", "other.h5"):
        EXPORTS["h5"]().write(SMALL, tmp_path / file)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        del file[name]
        file[name] = h5py.ExternalLink("other.h5", name)
    with pytest.raises(ReadError, match="lies in another file"):
        load(tmp_path / "a.h5")


def test_external_storage_of_hdf5_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(128))
    with h5py.File(tmp_path / "a.topostats", "w") as file:
        file["topostats_file_version"], file["pixel_to_nm_scaling"] = 2.0, 1.0
        file.create_dataset("image", (4, 4), "f8", external=[(str(tmp_path / "secret"), 0, 128)])
    with pytest.raises(ReadError, match="lies in another file"):
        load(tmp_path / "a.topostats")

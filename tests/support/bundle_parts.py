"""Bundles of every format as plain dictionaries of arrays and texts: taken apart, changed, put together."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Parts = dict[str, Any]


def npz_parts(path: Path) -> Parts:
    with np.load(path, allow_pickle=False) as file:
        return {name.replace("__", "/"): np.array(file[name]) for name in file.files}


def write_npz(parts: Parts, path: Path) -> None:
    np.savez(path, **{name.replace("/", "__"): value for name, value in parts.items()})


def h5_parts(path: Path) -> Parts:
    import h5py

    parts: Parts = {}
    with h5py.File(path) as file:
        parts |= dict(file.attrs)
        for name in ("data", "mask", "timestamps", *_below(file, "processed"), *_below(file, "masks")):
            if name in file:
                parts[name] = file[name][()]
        parts |= {name: file[name].asstr()[()] for name in file if name.endswith("_json")}
    return parts


def _below(file: Any, group: str) -> list[str]:
    return [f"{group}/{name}" for name in file[group]]


def write_h5(parts: Parts, path: Path) -> None:
    """In place: what is not in `parts` goes, what is new comes."""
    import h5py

    before = h5_parts(path)
    with h5py.File(path, "r+") as file:
        for name, value in parts.items():
            if name in before and np.array_equal(before[name], value):
                continue
            if name in file.attrs:
                file.attrs[name] = value
                continue
            if name in file:
                del file[name]
            file[name] = value
        for name in set(before) - set(parts):
            del file[name]


def zarr_parts(path: Path) -> Parts:
    import zarr

    root = zarr.open_group(str(path), mode="r")
    ours = root.attrs["playnano"]
    texts = {f"{key}_json": json.dumps(ours[key]) for key in ours if key.endswith(("metadata", "provenance"))}
    plain = {key: value for key, value in ours.items() if f"{key}_json" not in texts}
    names = root["labels"].attrs["ome"]["labels"] if "labels" in root else ()
    masks = {f"masks/{n}": root["labels"][n]["0"][:].astype(bool) for n in names}
    return {"data": root["0"][:], "timestamps": root["timestamps"][:], **masks, **texts, **plain}


def write_zarr(parts: Parts, path: Path) -> None:
    import zarr

    before, root = zarr_parts(path), zarr.open_group(str(path), mode="r+")
    ours = dict(root.attrs["playnano"])
    for name, value in parts.items():
        if name not in before:
            root.create_array(name, data=np.asarray(value))
        elif name in ("data", "timestamps") or name.startswith("masks/"):
            root[{"data": "0"}.get(name, f"labels/{name[6:]}/0" if "/" in name else name)][:] = value
        elif name.endswith("_json"):
            ours[name.removesuffix("_json")] = json.loads(value)
        else:
            ours[name] = value
    root.attrs["playnano"] = ours
    for name in set(before) - set(parts):
        shutil.rmtree(path / "labels" / name[6:])


def tif_parts(path: Path) -> Parts:
    """The images, and the header's text as `header`; texts of the annotations are inside it."""
    from xml.etree import ElementTree as ET

    import tifffile

    with tifffile.TiffFile(path) as file:
        header, resolution = file.pages[0].description, file.pages[0].get_resolution("CENTIMETER")
        data = np.stack([page.asarray() for page in file.pages])
    root = ET.fromstring(header)
    named = {e.get("Namespace", ""): "".join(e.itertext()) for e in root.iter() if e.get("Namespace")}
    texts = {key.rpartition("/")[2]: text for key, text in named.items() if key.endswith("_json")}
    return {"data": data, "header": header, "resolution": resolution, **texts}


def write_tif(parts: Parts, path: Path) -> None:
    from xml.sax.saxutils import escape

    import tifffile

    before, header = tif_parts(path), parts["header"]
    for name in (name for name in parts if name.endswith("_json")):
        if before[name] != parts[name]:
            assert escape(before[name]) in header
            header = header.replace(escape(before[name]), escape(parts[name]))
    with tifffile.TiffWriter(path, byteorder="<") as file:
        file.write(
            parts["data"],
            photometric="minisblack",
            description=header.encode(),
            metadata=None,
            resolution=parts["resolution"],
            resolutionunit="CENTIMETER",
            software="playnano",
        )


FORMATS: dict[str, tuple[Callable[[Path], Parts], Callable[[Parts, Path], None]]] = {
    ".npz": (npz_parts, write_npz),
    ".h5": (h5_parts, write_h5),
    ".ome.tif": (tif_parts, write_tif),
    ".ome.zarr": (zarr_parts, write_zarr),
}

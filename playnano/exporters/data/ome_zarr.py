"""OME-Zarr (NGFF 0.5): the movie as a folder of chunks, one a frame, for viewers of large images."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.errors import ExportError
from playnano.exporters.base import FACTS, Export, ExportNotes
from playnano.exporters.data.base import computed, data_of, one_pixel_size, stored_images
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.layouts.bundle import PIXEL_SIZE, PIXEL_SIZE_Y, texts
from playnano.layouts.ome_zarr import LABELS, LEVEL, OURS, TIMES
from playnano.stack.frames import Images
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import mean_interval_s

NGFF = "0.5"
SHOWN = {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 128]}]}
"""How viewers show a mask: half-transparent red."""
_ARRAY = r"(zarr\.json|c(/\d+)+)"
_PARTS = (
    rf"zarr\.json|({LEVEL}|{TIMES})/{_ARRAY}|{LABELS}/(zarr\.json|({{labels}})/(zarr\.json|{LEVEL}/{_ARRAY}))"
)
"""Paths of what playnano writes into a folder."""
MISSING = "OME-Zarr needs the zarr package: pip install 'playnano[zarr]'"


class OmeZarrExport(Export):
    """A folder in the OME-Zarr layout: the movie as float32, masks as labels, times and provenance."""

    extension: ClassVar[str] = ".ome.zarr"
    preserves: ClassVar[tuple[str, ...]] = tuple(
        fact for fact in FACTS if fact not in ("layers", "tables", "measured images")
    )
    aliases: ClassVar[tuple[str, ...]] = ("zarr",)

    format: Literal["ome-zarr"] = "ome-zarr"

    def check_movie(self, stack: AFMImageStack) -> None:
        """The library must be there, and one pixel size.

        Raises
        ------
        ExportError
            Where it is not, or frames differ in pixel size.
        """
        _zarr()
        one_pixel_size(stack, "OME-Zarr")

    def keeps(self, layer: str) -> bool:
        """Masks go into the folder, and which layers are masks is not told by their names."""
        return True

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder that playnano wrote, and nothing was added to it."""
        return OURS in _attributes_in(path) and not path.is_symlink() and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Paths in a folder of playnano's that are no part of the movie; none of another's folder."""
        if OURS not in _attributes_in(folder):
            return ()
        parts = re.compile(_PARTS.format(labels="|".join(map(re.escape, _our_labels(folder))) or "(?!)"))
        return tuple(path for path in _files_in(folder) if not parts.fullmatch(path))

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        zarr = _zarr()
        stack = computed(stack, path.parent, self.keeps, threads)
        root = zarr.create_group(str(path), zarr_format=3, attributes=_attributes(stack))
        _store(root, LEVEL, data_of(stack), np.dtype("<f4"), threads)
        times = stack.timestamps.astype("<f8")
        root.create_array(TIMES, data=times, fill_value=np.nan, compressors=None)
        if stack.masks:
            _store_masks(root, stack, threads)
        return ExportNotes()


def _attributes_in(group: Path) -> dict[str, Any]:
    """What a group of Zarr's third version says; nothing of anything else."""
    try:
        attributes = json.loads((group / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return attributes if isinstance(attributes, dict) else {}


def _our_labels(folder: Path) -> Iterator[str]:
    """Names of the masks in a folder that playnano wrote: other programs add labels of their own."""
    for group in (folder / LABELS).iterdir() if (folder / LABELS).is_dir() else ():
        ome = _attributes_in(group).get("ome")
        if isinstance(ome, dict) and ome.get("image-label") == SHOWN:
            yield group.name


def _files_in(folder: Path) -> Iterator[str]:
    """Paths of all files and links below a folder, but for what file managers leave."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted({*names, *links} - MADE_BY_FILE_MANAGERS):
            path = here / name
            yield f"{path.relative_to(folder).as_posix()}{' (a link)' if path.is_symlink() else ''}"


def _zarr() -> Any:
    try:
        import zarr
    except ImportError as error:
        raise ExportError(MISSING) from error
    return zarr


def _store_masks(root: Any, stack: AFMImageStack, threads: int) -> None:
    """Masks as label images of 0 and 1, each in a group of its own."""
    ome = {"version": NGFF, LABELS: list(stack.masks)}
    labels = root.create_group(LABELS, attributes={"ome": ome})
    for name, images in stack.masks.items():
        group = labels.create_group(name, attributes={"ome": {**_image(stack, name), "image-label": SHOWN}})
        _store(group, LEVEL, images, np.dtype("|u1"), threads)


def _store(group: Any, name: str, images: Images, dtype: np.dtype[Any], threads: int) -> None:
    """An array (frames, height, width) of one chunk a frame; chunks of nothing but zeros are written too."""
    from zarr.codecs import BloscCodec

    array = group.create_array(
        name,
        shape=images.shape,
        chunks=(1, *images.shape[1:]),
        dtype=dtype,
        compressors=[BloscCodec(cname="zstd", clevel=5, shuffle="shuffle")],
        fill_value=np.nan if dtype.kind == "f" else 0,  # what is missing is not taken for a height
        dimension_names=["t", "y", "x"],
        config={"write_empty_chunks": True},
    )
    for index, image in enumerate(stored_images(images, threads)):
        array[index] = image.astype(dtype, copy=False)


def _attributes(stack: AFMImageStack) -> dict[str, Any]:
    """What the group says: by the OME's rules, and all that playnano knows."""
    written = texts(stack, stack.masks.__contains__)
    entries = {key.removesuffix("_json"): _parsed(key, text) for key, text in written.items()}
    sizes = {PIXEL_SIZE: stack.pixel_size_nm, PIXEL_SIZE_Y: stack.pixel_size_y_nm}
    return {"ome": _image(stack, stack.channel), OURS: {**sizes, **entries}}


def _parsed(key: str, text: str) -> Any:
    return json.loads(text) if key.endswith("_json") else text


def _image(stack: AFMImageStack, name: str) -> dict[str, Any]:
    """The multiscale metadata of one image: axes t (s), y and x (nm), one level."""
    steps = [mean_interval_s(stack), stack.pixel_size_y_nm, stack.pixel_size_nm]
    axes: list[dict[str, str]] = [
        {"name": "t", "type": "time"},
        {"name": "y", "type": "space"},
        {"name": "x", "type": "space"},
    ]
    for axis, step, unit in zip(axes, steps, ("second", "nanometer", "nanometer"), strict=True):
        if step is not None:  # without a unit, a step of 1 counts frames or pixels
            axis["unit"] = unit
    scale = {"type": "scale", "scale": [1.0 if step is None else step for step in steps]}
    datasets = [{"path": LEVEL, "coordinateTransformations": [scale]}]
    return {"version": NGFF, "multiscales": [{"name": name, "axes": axes, "datasets": datasets}]}

"""ImageJ TIFF: the movie as a hyperstack that ImageJ and Fiji open with its scale and times."""

from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.errors import ExportError, PlaynanoError
from playnano.exporters.base import Export, ExportNotes
from playnano.exporters.data.base import computed, data_of, one_pixel_size, stored_images
from playnano.layouts.imagej import CHANNEL, UNIT, info, one_line, time_label
from playnano.registry import package_version
from playnano.rendering.zrange import movie_range
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import are_regular, mean_interval_s

LARGEST = 2**32 - 2**25
"""Bytes of images up to which places fit in a TIFF of ImageJ, with room for what is not image."""
LARGEST_NUMBER = 2**32 - 1


class ImagejTiffExport(Export):
    """The movie without layers as a float32 ImageJ hyperstack with pixel size, frame interval and unit."""

    extension: ClassVar[str] = ".tif"
    preserves: ClassVar[tuple[str, ...]] = ("heights", "pixel size", "times", "channel", "unit")
    aliases: ClassVar[tuple[str, ...]] = ("imagej", "imagej-tif")

    format: Literal["imagej-tiff"] = "imagej-tiff"

    def check_movie(self, stack: AFMImageStack) -> None:
        """One file of at most 4 GB, one pixel size.

        Raises
        ------
        ExportError
            Where the movie is larger, or its frames differ in pixel size.
        """
        size = 4 * int(np.prod(stack.shape, dtype=object))
        if size > LARGEST:
            raise ExportError(
                f"ImageJ's TIFF holds 4 GB, and this movie has {size / 2**30:.1f}: use tif or ome-zarr"
            )
        one_pixel_size(stack, "ImageJ's TIFF")

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        import tifffile

        stack = computed(stack, path.parent, self.keeps, threads)
        images = data_of(stack)
        with tifffile.TiffWriter(path, imagej=True, byteorder="<") as file:
            file.write(
                stored_images(images, threads),
                shape=(*stack.shape, 1),  # tifffile takes a last axis of 1 for samples, not for one column
                dtype=np.float32,
                photometric="minisblack",
                metadata={**_description(stack), **_range(stack, threads)},
                software=f"playnano {package_version('playnano')}",
                **_resolution(stack),
            )
        return ExportNotes(_notes(stack))


def _description(stack: AFMImageStack) -> dict[str, Any]:
    """What ImageJ is told of the movie, by its own keys."""
    metadata = {"axes": "TYXS", "vunit": _ascii(stack.unit), "Info": _info(stack), "Labels": _labels(stack)}
    if stack.pixel_size_nm is not None and stack.pixel_size_y_nm is not None:
        metadata["unit"] = "nm"
    interval = mean_interval_s(stack)
    return metadata if interval is None else {**metadata, "finterval": interval, "fps": 1 / interval}


def _range(stack: AFMImageStack, threads: int) -> dict[str, float]:
    """The range of heights that pictures of the movie show: one spike does not turn all the rest grey."""
    try:
        shown = movie_range(stack, "auto", "auto", threads)
    except PlaynanoError:  # every pixel is NaN
        return {}
    return {"min": shown.zmin, "max": shown.zmax}


def _resolution(stack: AFMImageStack) -> dict[str, Any]:
    """Pixels per nm in x and y, as the fractions that come nearest."""
    x, y = stack.pixel_size_nm, stack.pixel_size_y_nm
    if x is None or y is None:
        return {}
    return {"resolution": (_per_nm(x), _per_nm(y))}


def _per_nm(pixel_size_nm: float) -> tuple[int, int]:
    """Pixels per nm as numerator and denominator, each of 32 bits."""
    size = Fraction(pixel_size_nm).limit_denominator(max(1, min(10**9, int(LARGEST_NUMBER / pixel_size_nm))))
    if not 0 < size <= LARGEST_NUMBER:
        raise ExportError(f"ImageJ's TIFF has no place for a pixel size of {pixel_size_nm} nm: use npz or h5")
    return size.denominator, size.numerator


def _labels(stack: AFMImageStack) -> list[str]:
    """What ImageJ shows above each frame."""
    times = stack.timestamps.tolist()
    channel = one_line(stack.channel)
    return [
        time_label(t, channel) if np.isfinite(t) else f"frame {i}, {channel}" for i, t in enumerate(times)
    ]


def _info(stack: AFMImageStack) -> str:
    """What was read and done, in short."""
    source = stack.provenance.input
    lines = {
        CHANNEL: stack.channel,
        UNIT: stack.unit,
        "read from": source.name if source else None,
        "SHA-256": source.sha256 if source else None,
        "steps": ", ".join(record.name for record in stack.provenance.all_steps()) or "none",
    }
    return info(lines, package_version("playnano"))


def _ascii(text: str) -> str:
    """Letters beyond ASCII as ImageJ writes them in a description."""
    plain = one_line(text).encode("utf-16-be")
    codes = [int.from_bytes(plain[i : i + 2], "big") for i in range(0, len(plain), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04X}" for code in codes)


def _notes(stack: AFMImageStack) -> tuple[str, ...]:
    steps, interval = np.diff(stack.timestamps), mean_interval_s(stack)
    if interval is None or are_regular(steps):
        return ()
    played = f"ImageJ plays a frame every {interval:.6g} s"
    return (f"the times are irregular: {played}; each frame's time is its label",)

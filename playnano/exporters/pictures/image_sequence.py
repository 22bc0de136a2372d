"""Image sequences: a folder with one picture a frame, as indexed PNG or as JPEG."""

import io
import re
import struct
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.exporters.encoding.png import (
    INDEXED_8_BIT,
    LARGEST_PNG_NUMBER,
    METRE,
    PERCEPTUAL,
    PNG_SIGNATURE,
    Picture,
    chunk,
    png_data,
    png_text,
)
from playnano.exporters.naming import NumberedFiles
from playnano.exporters.pictures.base import PROVENANCE_ENDING, PictureExport, encoded_pictures
from playnano.registry import package_version
from playnano.rendering.layout import pixel_aspect, pixel_sizes
from playnano.rendering.pictures import Pictures
from playnano.stack.stack import AFMImageStack

Encode = Callable[[Picture], bytes]
Finish = Callable[[int, bytes], bytes]
_OUR_COMMENT = re.compile(rb"steps: [^\0]*; provenance: [^\0]*" + re.escape(PROVENANCE_ENDING.encode()))
"""The end of what `_comment` makes, in a PNG or JPEG file."""


class SequenceExport(PictureExport):
    """A folder with one picture a frame."""

    ending: ClassVar[str]
    """Ending of each picture's name, with its dot."""

    @abstractmethod
    def encoder(self, shown: Pictures, comment: str) -> tuple[Encode, Finish]:
        """What is done with each picture, by threads; what makes a file of that and the frame's number."""

    def draw(self, shown: Pictures, path: Path, threads: int) -> tuple[str, ...]:
        """Make the folder and write the pictures, a few ahead by threads."""
        path.mkdir()
        encode, finish = self.encoder(shown, _comment(shown.stack, f"{path.name}{PROVENANCE_ENDING}"))
        files = self._files(path)
        for index, encoded in enumerate(encoded_pictures(shown, encode, threads)):
            (path / files.name(index, len(shown))).write_bytes(finish(index, encoded))
        return ()

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but such pictures, of whatever number."""
        return path.is_dir() and not path.is_symlink() and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in a folder that do not state their provenance as playnano does."""
        return self._files(folder).foreign(folder, lambda head: _OUR_COMMENT.search(head) is not None)

    def _files(self, folder: Path) -> NumberedFiles:
        return NumberedFiles(folder.name.removesuffix(self.extension), self.ending)


class PngSequenceExport(SequenceExport):
    """A folder of PNG pictures: indexed colour, lossless.

    The pixel size is stored in `sCAL`, which was made for maps and microscopes, and, if it is at least
    0.466 nm, also in `pHYs`, which image programs read.
    """

    extension: ClassVar[str] = ""
    ending: ClassVar[str] = ".png"

    format: Literal["png"] = "png"

    def encoder(self, shown: Pictures, comment: str) -> tuple[Encode, Finish]:
        heads = PngHeads.of(shown, comment)
        return png_data, lambda index, data: heads.head(index) + data


class JpgSequenceExport(SequenceExport):
    """A folder of JPEG pictures, for web pages and e-mail: colours change slightly."""

    extension: ClassVar[str] = "_jpg"
    aliases: ClassVar[tuple[str, ...]] = ("jpeg",)
    ending: ClassVar[str] = ".jpg"

    format: Literal["jpg"] = "jpg"
    quality: Annotated[int, Field(ge=1, le=100)] = 90
    """From 1 (smallest file) to 100 (best quality)."""

    def encoder(self, shown: Pictures, comment: str) -> tuple[Encode, Finish]:
        from PIL import Image

        def encode(picture: Picture) -> bytes:
            file = io.BytesIO()
            image = Image.fromarray(shown.palette.take(picture, axis=0))
            image.save(
                file, "JPEG", quality=self.quality, subsampling="4:4:4", comment=comment.encode("utf-8")
            )
            return file.getvalue()

        return encode, lambda _index, file: file


@dataclass(frozen=True)
class PngHeads:
    """What stands before the pixels in the PNG files of one movie."""

    common: bytes
    """Signature, size and colours."""
    texts: bytes
    titles: tuple[str, ...]
    pixel_sizes_m: NDArray[np.float64]
    """(frames, 2): width and height of a pixel, m; NaN where not known."""

    @classmethod
    def of(cls, shown: Pictures, comment: str) -> "PngHeads":
        """The heads for the pictures of a movie."""
        _, height, width = shown.shape
        size = struct.pack(">II", width, height) + INDEXED_8_BIT
        common = PNG_SIGNATURE + chunk(b"IHDR", size) + chunk(b"sRGB", PERCEPTUAL)
        software = f"playnano {package_version('playnano')}"
        return cls(
            common + chunk(b"PLTE", shown.palette.tobytes()),
            png_text("Software", software) + png_text("Comment", comment),
            tuple(_titles(shown.stack)),
            _pixel_sizes_m(shown),
        )

    def head(self, index: int) -> bytes:
        """All that stands before the pixels of one frame."""
        return self.common + self._scale(index) + png_text("Title", self.titles[index]) + self.texts

    def _scale(self, index: int) -> bytes:
        width, height = self.pixel_sizes_m[index].tolist()
        if not (width > 0 and height > 0):
            return b""
        exact = chunk(b"sCAL", METRE + f"{width:.9e}\0{height:.9e}".encode("ascii"))
        per_metre = round(1 / width), round(1 / height)
        if not 0 < min(per_metre) <= max(per_metre) <= LARGEST_PNG_NUMBER:
            return exact
        return chunk(b"pHYs", struct.pack(">II", *per_metre) + METRE) + exact


def _pixel_sizes_m(shown: Pictures) -> NDArray[np.float64]:
    """Of the pictures: frames may have pixel sizes of their own."""
    height, width = shown.plan.enlargement.image
    wide = pixel_sizes(shown.stack) * 1e-9
    enlarged_height, enlarged_width = shown.plan.enlargement.picture
    aspect = pixel_aspect(shown.stack)
    return np.stack([wide * width / enlarged_width, wide * aspect * height / enlarged_height], axis=1)


def _titles(stack: AFMImageStack) -> list[str]:
    source = stack.provenance.input
    movie = f"{source.name}, {stack.channel}" if source else stack.channel
    times = stack.timestamps.tolist()
    return [
        f"{movie}, frame {index}" + (f", {time:.6g} s" if np.isfinite(time) else "")
        for index, time in enumerate(times or [np.nan] * len(stack))
    ]


def _comment(stack: AFMImageStack, provenance_file: str) -> str:
    """What was read and done, in short, and where it stands in full."""
    source = stack.provenance.input
    read = f"read from {source.name} (SHA-256 {source.sha256}); " if source and source.sha256 else ""
    steps = ", ".join(record.name for record in stack.provenance.all_steps()) or "none"
    return f"{read}steps: {steps}; provenance: {provenance_file}"

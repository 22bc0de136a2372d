"""A mask that another program drew, read from a file."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import StepError
from playnano.stack.frames import Mask

_LARGEST_BYTES = 256 << 20
_MOST_PIXELS = 1 << 28
_OPAQUE = 255


@dataclass(frozen=True)
class StoredMask:
    """A mask (height, width) and the SHA-256 of its file."""

    mask: Mask
    sha256: str


def read_mask(file: str, array: str | None, height: int | None, width: int | None) -> StoredMask:
    """Read a mask; what is not 0 is masked.

    Parameters
    ----------
    array : str, optional
        Name of the array in an `.npz` of several.
    height, width : int, optional
        Size that it must have, as far as that is known.

    Raises
    ------
    StepError
        Where the file cannot be read, holds no single image, or one of another size.
    """
    content = _content(file)
    values = _values(file, content, array)
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise StepError(
            f"path: {file} holds {values.dtype} of shape {values.shape}; a mask is one image of numbers"
        )
    if (height is not None and height != values.shape[0]) or (width is not None and width != values.shape[1]):
        sizes = f"{values.shape[0]} x {values.shape[1]} pixels, and the frames have {height} x {width}"
        raise StepError(f"path: the mask in {file} has {sizes}; make one of their size")
    _check_numbers(file, values)
    return StoredMask(values != 0, hashlib.sha256(content).hexdigest())


def _check_numbers(file: str, values: NDArray[Any]) -> None:
    """Refuse NaN, which is neither masked nor free."""
    undefined = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
    if undefined:
        raise StepError(
            f"path: the mask in {file} holds NaN at {undefined} of {values.size} pixels: "
            "save what is masked as 1 and the rest as 0"
        )


def _content(file: str) -> bytes:
    try:
        if Path(file).stat().st_size > _LARGEST_BYTES:
            raise StepError(f"path: {file} is not a mask: it is larger than {_LARGEST_BYTES >> 20} MB")
        return Path(file).read_bytes()
    except OSError as error:
        raise StepError(f"path: cannot read {file}: {error.strerror}") from error


def _values(file: str, content: bytes, array: str | None) -> NDArray[Any]:
    read = _READERS.get(Path(file).suffix.lower())
    if read is None:
        raise StepError(f"path: a mask is read from {', '.join(_READERS)}, not from {file}")
    try:
        return read(content, array)
    except StepError as error:
        raise StepError(f"path: {file} {error}") from error
    except Exception as error:  # damaged files fail in many ways
        raise StepError(f"path: {file} cannot be read as {Path(file).suffix}: it is damaged") from error


def _npy(content: bytes, _: str | None) -> NDArray[Any]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _check_size(header(stream)[0])
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))


def _npz(content: bytes, array: str | None) -> NDArray[Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        if array is None and len(sizes) != 1:
            raise StepError(f"holds {len(sizes)} arrays: name one by `array` ({', '.join([*sizes][:8])})")
        name = array or next(iter(sizes))
        if name not in sizes:
            raise StepError(f"has no array '{name}', but {', '.join([*sizes][:8])}")
        if sizes[name] > 8 * _MOST_PIXELS:
            raise StepError("is not a mask: it is too large")
        return _npy(archive.read(f"{name}.npy"), None)


def _png(content: bytes, _: str | None) -> NDArray[Any]:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
        _check_size(picture.size)
        _check_opaque(picture)
        grey = picture if picture.mode in ("1", "L", "I", "I;16") else picture.convert("L")
        return np.asarray(grey)


def _check_opaque(picture: Any) -> None:
    """Refuse transparent pixels: their colour is not seen, so that nobody knows what was drawn there."""
    if picture.has_transparency_data and picture.convert("RGBA").getextrema()[-1][0] < _OPAQUE:
        raise StepError("has transparent pixels: save it without transparency, white on black")


def _tiff(content: bytes, _: str | None) -> NDArray[Any]:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(content)) as file:
        if len(file.pages) != 1:
            raise StepError(f"holds {len(file.pages)} images; a mask is one, for all frames")
        _check_size(file.pages[0].shape)
        return np.asarray(file.pages[0].asarray())


def _check_size(shape: tuple[int, ...]) -> None:
    if np.prod(shape, dtype=float) > _MOST_PIXELS:
        raise StepError(f"is not a mask: it has {' x '.join(map(str, shape))} pixels")


_READERS: Mapping[str, Callable[[bytes, str | None], NDArray[Any]]] = {
    ".npz": _npz,
    ".npy": _npy,
    ".png": _png,
    ".tif": _tiff,
    ".tiff": _tiff,
}

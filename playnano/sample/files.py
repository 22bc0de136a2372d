"""Writes the synthetic movie in the layouts of instruments, and its truth beside it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import ExportError
from playnano.layouts.asd import FRAME_HEADER, V0, V0_AFTER_USER_NAME, V1, V2_AFTER_COMMENT, packing
from playnano.sample.movie import Sample
from playnano.stack.durable import make_folder
from playnano.stack.frames import Image
from playnano.stack.placing import NameTakenError, place
from playnano.stack.stack import AFMImageStack
from playnano.stack.workfolder import WorkFolder

_START_EPOCH_MS = 1_735_732_800_000  # 2025-01-01 12:00 UTC
_START = {"year": 2025, "month": 1, "day": 1, "hour": 12, "minute": 0, "second": 0}
_BIPOLAR_5_V = {"ad_range": 0x40000, "ad_bits": 12}
_VOLTS, _LEVELS = 5.0, 4096
_USER = b"playnano"
_METRES_PER_COUNT = 1e-15


def write_sample(path: str | Path, sample: Sample, *, overwrite: bool = False) -> tuple[Path, Path]:
    """Write the movie in the format of the path's suffix, and its truth in `<path>.truth.json`.

    Returns
    -------
    movie, truth : Path
        The two files written.

    Raises
    ------
    ExportError
        For another suffix, a folder that refuses, or a file that exists and is not to be replaced.
    """
    movie = Path(path)
    truth = movie.with_name(movie.name + ".truth.json")
    write = _writer(movie)
    for file in (movie, truth):
        if file.exists() and not overwrite:
            raise _exists(file)
        if file.is_dir():
            raise ExportError(f"{file} is a folder: choose another name")
    if movie.exists() and not truth.exists():
        raise ExportError(f"{movie} is not a sample (no {truth.name} beside it): choose another name")
    try:
        make_folder(movie.parent)
        with WorkFolder(movie.parent) as work:
            write(sample.stack(), work.new / movie.name)
            (work.new / truth.name).write_text(json.dumps(sample.truth(), indent=1), encoding="utf-8")
            place(work, [movie.name, truth.name], overwrite=overwrite)
    except NameTakenError as error:
        raise _exists(error.filename) from error
    except OSError as error:
        raise ExportError(f"{movie}: cannot be written: {error.strerror or error}") from error
    return movie, truth


def _exists(file: Path | str) -> ExportError:
    return ExportError(f"{file} exists; set `overwrite` to replace it", settings=("overwrite",))


def _writer(path: Path) -> Callable[[AFMImageStack, Path], None]:
    writers: Mapping[str, Callable[[AFMImageStack, Path], None]] = {
        ".h5-jpk": write_jpk_h5,
        ".asd": write_asd,
        ".npz": _write_npz,
        ".h5": _write_h5,
    }
    for suffix, writer in writers.items():
        if path.name.lower().endswith(suffix):
            return writer
    raise ExportError(f"{path}: a sample can be written as {', '.join(writers)}, not as '{path.suffix}'")


def _write_npz(stack: AFMImageStack, path: Path) -> None:
    from playnano.exporters.data.npz import NpzExport

    NpzExport().write(stack, path)


def _write_h5(stack: AFMImageStack, path: Path) -> None:
    from playnano.exporters.data.h5 import H5Export

    H5Export().write(stack, path)


def write_jpk_h5(stack: AFMImageStack, path: Path) -> None:
    """Write heights in nm as a `.h5-jpk` movie with the one channel `height_trace`."""
    import h5py

    n_frames, height, width = stack.shape
    with h5py.File(path, "w") as file:
        measurement = file.create_group("Measurement_000")
        measurement.attrs.update(_jpk_settings(stack))
        channel = measurement.create_group("Channel_000")
        channel.attrs.update(_jpk_scaling())
        pixels = height * width
        heights = channel.create_dataset(
            "Height", (pixels, n_frames), "<i4", chunks=(pixels, 1), compression=1, shuffle=True
        )
        for index, image in enumerate(stack):
            heights[:, index] = np.rint(image[::-1].astype(np.float64) * 1e-9 / _METRES_PER_COUNT).ravel()
        for name, times in zip(("start-times", "end-times"), _epochs_ms(stack), strict=True):
            measurement[f"meta-data/{name}"] = times[:, None]


def _jpk_settings(stack: AFMImageStack) -> dict[str, Any]:
    _, height, width = stack.shape
    grid = "position-pattern.grid."
    feed_forward = "environment.fast-imaging.feed-forward-parameters."
    return {
        grid + "ilength": np.int32(width),
        grid + "jlength": np.int32(height),
        grid + "ulength": width * _pixel_nm(stack.pixel_size_nm) * 1e-9,
        grid + "vlength": height * _pixel_nm(stack.pixel_size_y_nm or stack.pixel_size_nm) * 1e-9,
        grid + "unit.unit": np.bytes_(b"m"),
        "timing-settings.scanRate": float(stack.frame_metadata[0]["line_rate"] or 0.0),
        "motion": np.bytes_(b"topDown"),
        feed_forward + "yaxis.interlace": np.bytes_(b"false"),
        "description.source-software": np.bytes_(b"playnano sample"),
    }


def _jpk_scaling() -> dict[str, Any]:
    scaling = "net-encoder.scaling."
    return {
        "channel.name": np.bytes_(b"height"),
        "retrace": np.bytes_(b"false"),
        scaling + "type": np.bytes_(b"linear"),
        scaling + "style": np.bytes_(b"offsetmultiplier"),
        scaling + "multiplier": _METRES_PER_COUNT,
        scaling + "offset": 0.0,
        scaling + "unit.type": np.bytes_(b"metric-unit"),
        scaling + "unit.unit": np.bytes_(b"m"),
    }


def _epochs_ms(stack: AFMImageStack) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    durations = np.array([frame["frame_duration_s"] or 0.0 for frame in stack.frame_metadata], float)
    starts = stack.timestamps
    times = [_START_EPOCH_MS + np.rint(1000 * t).astype(np.int64) for t in (starts, starts + durations)]
    return times[0], times[1]


def write_asd(stack: AFMImageStack, path: Path, version: int = 1, phase: AFMImageStack | None = None) -> None:
    """Write heights in nm, and a phase in degrees as second channel, as an `.asd` movie of version 0, 1 or 2.

    Raises
    ------
    ExportError
        Where the scan is not a whole number of nm, which is all the layout holds.
    """
    height_per_volt, phase_per_volt = (_per_volt(channel) for channel in (stack, phase))
    fields = _asd_fields(stack, height_per_volt, phase_per_volt, phase is not None)
    with path.open("wb") as file:
        file.write(_asd_header(fields, version))
        for index, image in enumerate(stack):
            file.write(_asd_frame(image, index, height_per_volt))
        for index, image in enumerate(phase or ()):
            file.write(_asd_frame(image, index, -phase_per_volt))


def _per_volt(stack: AFMImageStack | None) -> float:
    """Units a volt, so that the largest value is well within the converter's range; a float32."""
    largest = max((float(np.abs(image).max()) for image in stack or ()), default=0.0)
    return float(np.float32(1.02 * largest / _VOLTS or 1.0))


def _asd_fields(
    stack: AFMImageStack, per_volt: float, phase_per_volt: float, has_phase: bool
) -> dict[str, Any]:
    n_frames, height, width = stack.shape
    times = stack.timestamps
    return {
        **_START,
        **_BIPOLAR_5_V,
        "channel1": b"TP",
        "channel2": b"PH" if has_phase else b"",
        "frame_header_length": FRAME_HEADER.size,
        "text_encoding": 932,
        "user_name_size": len(_USER),
        "initial_frames": n_frames,
        "num_frames": n_frames,
        "number_of_frames": n_frames,
        "x_pixels": width,
        "y_pixels": height,
        "x_nm": _whole_nm(width * _pixel_nm(stack.pixel_size_nm)),
        "y_nm": _whole_nm(height * _pixel_nm(stack.pixel_size_y_nm or stack.pixel_size_nm)),
        "averaging_window": 1,
        "frame_time_ms": 1000 * float(times[-1] - times[0]) / max(1, n_frames - 1),
        "scanner_sensitivity": 1.0,
        "phase_sensitivity": phase_per_volt,
        "z_piezo_extension": per_volt,
        "z_piezo_gain": 1.0,
    }


def _pixel_nm(pixel_size_nm: float | None) -> float:
    if pixel_size_nm is None:
        raise ExportError("an instrument's file needs the pixel size, which is not known")
    return pixel_size_nm


def _whole_nm(length: float) -> int:
    if abs(length - round(length)) > 1e-6:
        raise ExportError(f"an .asd file holds whole nanometres, and the scan is {length:g} nm wide")
    return round(length)


def _asd_header(fields: Mapping[str, Any], version: int) -> bytes:
    layout = V0 if version == 0 else V1
    after_user_name = _packed(V0_AFTER_USER_NAME, fields) if version == 0 else b""
    size = 4 + packing(layout).size + len(_USER) + len(after_user_name)
    start = _packed(layout, {**fields, "header_length": size})
    rest = _packed(V2_AFTER_COMMENT, fields) if version == 2 else b""
    return version.to_bytes(4, "little") + start + _USER + after_user_name + rest


def _packed(layout: Mapping[str, str], fields: Mapping[str, Any]) -> bytes:
    return packing(layout).pack(
        *(fields.get(name, b"" if form.endswith("s") else 0) for name, form in layout.items())
    )


def _asd_frame(image: Image, index: int, per_volt: float) -> bytes:
    """A frame with its header; level 0 is the highest voltage."""
    levels = np.rint((_VOLTS - image.astype(np.float64) / per_volt) * _LEVELS / (2 * _VOLTS))
    stored = np.clip(levels, 0, _LEVELS - 1).astype("<i2")
    header = FRAME_HEADER.pack(index + 1, int(stored.max()), int(stored.min()), 0, 0, 0.0, 0.0, False)
    return header + stored.tobytes()

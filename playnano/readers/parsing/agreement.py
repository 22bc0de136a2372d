"""Facts that a file of ours states in two places: where they disagree, it was edited, and a run says so."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import Doubt, Flaw, ReadError
from playnano.layouts.bundle import MASK, PIXEL_SIZE, TIMESTAMPS
from playnano.readers.parsing.measured import Arrays
from playnano.stack.contents import parts
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Values

_ROUNDING = 1e-6
"""Relative; what programs that write other digits change, and far below what an edit does."""


def checked_bundle(stack: AFMImageStack, arrays: Arrays, read: Callable[[str], Values]) -> AFMImageStack:
    """The stack in a bundle, with a warning of each fact that its arrays state otherwise.

    Parameters
    ----------
    arrays : mapping
        Type and shape of the array of times, where there is one.
    """
    warnings = (*_of_times(stack, arrays, read), *_of_parts(stack), *_of_mask(stack), *of_pixel_size(stack))
    return replace(stack, warnings=(*stack.warnings, *warnings))


def _of_times(stack: AFMImageStack, arrays: Arrays, read: Callable[[str], Values]) -> tuple[str, ...]:
    if TIMESTAMPS not in arrays:
        what = f"`{TIMESTAMPS}` is missing in it"
        return (Doubt(f"{what}: the file was edited; the times of the frame metadata are read"),)
    dtype, shape = arrays[TIMESTAMPS]
    if shape == (len(stack),) and dtype.kind in "fiu":
        try:
            if same_times(read(TIMESTAMPS), stack.timestamps):
                return ()
        except ReadError:
            pass  # nor are those that cannot be read
    what = f"the times in `{TIMESTAMPS}` are not those of the frame metadata"
    return (Doubt(f"{what}: the file was edited; the latter are read"),)


def _of_parts(stack: AFMImageStack) -> tuple[str, ...]:
    """The warnings of layers, masks, tables and images that were taken out or put in."""
    written, held = stack.provenance.contents.parts, parts(stack)
    if written is None:
        return ()
    lost = ", ".join(name for name in written if name not in held)
    more = ", ".join(name for name in held if name not in written)
    remarks = {lost: "missing in it", more: "not of the run that wrote it"}
    return tuple(Doubt(f"{names}: {what}; the file was edited") for names, what in remarks.items() if names)


def _of_mask(stack: AFMImageStack) -> tuple[str, ...]:
    frames = stack.frames
    if MASK not in stack.provenance.contents.images or getattr(frames, "masks", None) is not None:
        return ()
    return (Doubt(f"`{MASK}` is missing in it: the file was edited; no pixel is masked"),)


def of_masks(stack: AFMImageStack, holds: str) -> tuple[str, ...]:
    """The warnings of masks that were taken out, and of a mask in force in a format that holds none.

    Parameters
    ----------
    holds : str
        The format, as messages name it.
    """
    written = stack.provenance.contents
    lost = [name for name in written.parts or () if name.startswith("mask ") and name not in parts(stack)]
    remarks: tuple[str, ...] = ()
    if lost:
        remarks = (Doubt(f"{', '.join(lost)}: missing in it; the file was edited"),)
    if MASK not in written.images:
        return remarks
    what = f"a mask was in force when it was written, which {holds} does not hold: no pixel is masked"
    return (*remarks, Flaw(f"{what}; go on from NPZ or HDF5"))


def same_times(times: Any, others: NDArray[np.float64]) -> bool:
    """Whether times in s are the same but for rounding; those that are not known are all the same."""
    one, other = (np.where(np.isfinite(values), values, np.nan) for values in (times, others))
    return bool(np.allclose(one, other, rtol=_ROUNDING, atol=_ROUNDING, equal_nan=True))


def same_values(one: float | None, other: float | None) -> bool:
    """Whether two pixel sizes, or two intervals, are the same but for rounding, or both not known."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_ROUNDING)


def stated_otherwise(place: str, ours: str, agree: Mapping[str, bool]) -> tuple[str, ...]:
    """The warning of the facts that a file states for other programs, and not as it does for playnano."""
    others = ", ".join(fact for fact, same in agree.items() if not same)
    if not others:
        return ()
    what = f"what {place} states ({others}) is not what playnano's {ours} in it do"
    return (Doubt(f"{what}: the file was edited; the latter are read"),)


def of_pixel_size(stack: AFMImageStack) -> tuple[str, ...]:
    """The warning that the pixel size is that of no frame, of a file that does not say what was written.

    Some movies change it on the way, and frames may have been dropped: any frame's will do.
    """
    if stack.provenance.contents.facts:
        return ()
    frames = (*stack.frame_metadata, *(stack.raw_frame_metadata or ()))
    sizes = {frame.get("frame_pixel_size_nm") for frame in frames}
    stated = [size for size in sizes if isinstance(size, int | float)]
    if len(stated) < len(sizes) or any(same_values(stack.pixel_size_nm, size) for size in stated):
        return ()
    what = f"`{PIXEL_SIZE}` is not the pixel size of the frame metadata"
    return (Doubt(f"{what} ({stated[0]:.6g} nm): the file was edited; the former is read"),)

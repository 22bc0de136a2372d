"""A small movie that has all a movie can have, and steps with examples of their parameters."""

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from playnano.model import fault_texts
from playnano.reference.parameters import parameters
from playnano.stack.provenance import Source
from playnano.stack.stack import AFMImageStack
from playnano.steps import Step


def example_movie(dtype: Any = np.float32, *, masked: bool = True) -> AFMImageStack:
    """Six frames of 24 x 32 pixels in nm: a tilt, two blobs that drift, noise, some NaN; read-only.

    Parameters
    ----------
    dtype : float32 or float64
    masked : bool
        Mask what stands out, and make some pixels NaN.
    """
    data = np.array([_image(t) for t in range(6)], dtype)
    mask = data > np.median(data, axis=(1, 2), keepdims=True) + 2
    if masked:
        data[2, 5:7, 8:11] = np.nan
    for array in (data, mask):
        array.flags.writeable = False
    times = [0.5 * t for t in range(6)]
    stack = AFMImageStack.from_array(
        data,
        channel="height_trace",
        mask=mask if masked else None,
        pixel_size_nm=(2.5, 2.0),
        timestamps=times,
    )
    return _with_metadata(stack)


def example_step(kind: type[Step]) -> Step:
    """A step with its defaults and with examples: those of the class, or of the type without a default.

    Raises
    ------
    TypeError
        Where these do not make a valid step, and the class has to say what does.
    """
    needed = {p.name: p.example for p in parameters(kind) if p.default == "required"}
    try:
        return kind.model_validate({"step": kind.model_fields["step"].default, **needed, **kind.example})
    except ValidationError as error:
        trouble = "; ".join(fault_texts(error.errors(), str))
        example = f"give the class an `example` of its parameters: {trouble}"
        raise TypeError(f"{kind.__name__} is not valid with defaults; {example}") from error


def _image(t: int) -> Any:
    rng = np.random.default_rng(t)
    y, x = np.mgrid[:24, :32]
    first = 4 * np.exp(-((y - 8 - t / 2) ** 2 + (x - 10) ** 2) / 8)
    second = 3 * np.exp(-((y - 16) ** 2 + (x - 22 + t / 3) ** 2) / 6)
    return 0.05 * x - 0.03 * y + first + second + rng.normal(scale=0.1, size=x.shape) + t


def _with_metadata(stack: AFMImageStack) -> AFMImageStack:
    metadata = tuple(
        {
            **frame,
            "frame_duration_s": 0.48,
            "start_epoch_ms": 1_700_000_000_000 + 500 * index,
            "scan_direction": "down",
            "line_rate": 25.0,
        }
        for index, frame in enumerate(stack.frame_metadata)
    )
    source = Source(name="example", channel=stack.channel)
    provenance = stack.provenance.model_copy(update={"input": source})
    return replace(stack, frame_metadata=metadata, provenance=provenance)

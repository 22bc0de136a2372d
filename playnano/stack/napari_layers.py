"""A stack as layers of napari."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from playnano.errors import PlaynanoError
from playnano.stack.frames import Images
from playnano.stack.lazy import FrameMasks

if TYPE_CHECKING:
    from playnano.stack.stack import AFMImageStack


def add_layers(stack: "AFMImageStack", viewer: Any = None) -> Any:
    """Add the images of a stack and its masks to a viewer of napari.

    Parameters
    ----------
    viewer : napari.Viewer, optional
        Default: a new one.

    Raises
    ------
    PlaynanoError
        Where napari is not installed.
    """
    try:
        import napari
    except ModuleNotFoundError as error:
        raise PlaynanoError("to_napari() needs more packages: pip install 'playnano[napari]'") from error
    viewer = napari.Viewer() if viewer is None else viewer
    place = placed(stack)
    viewer.add_image(stack.data, name=stack.channel, metadata=described(stack), **place)
    for name, mask in _masks(stack).items():
        if mask.shape == stack.shape:  # another shape: a later step cropped or turned the frames
            viewer.add_labels(np.asarray(mask, np.uint8), name=name, **place)
    return viewer


def _masks(stack: "AFMImageStack") -> Mapping[str, Images]:
    """The masks by name; `mask` is one that came with the array."""
    if stack.masks or not len(stack) or stack.frames[0].mask is None:
        return stack.masks
    return {"mask": FrameMasks(stack.frames)}


def placed(stack: "AFMImageStack") -> dict[str, Any]:
    """Where the layers lie: one frame per step in time; y and x in nm from the first pixel's middle."""
    x = stack.pixel_size_nm
    y = x if stack.pixel_size_y_nm is None else stack.pixel_size_y_nm
    unit = "pixel" if x is None else "nm"
    size = (1.0, 1.0) if x is None or y is None else (y, x)
    return {"scale": (1.0, *size), "translate": (0.0, 0.0, 0.0), "units": ("pixel", unit, unit)}


def described(stack: "AFMImageStack") -> dict[str, Any]:
    """What napari has no place of its own for: times in s, and the unit of the heights."""
    return {
        "timestamps": stack.timestamps.tolist(),
        "channel": stack.channel,
        "unit": stack.unit,
        "source": stack.provenance.input.name if stack.provenance.input else None,
        "steps": [step.name for step in stack.provenance.all_steps()],
    }

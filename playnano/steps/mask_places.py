"""Masks by place, the same in every frame."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, Strict

from playnano.errors import StepError
from playnano.kernels.polygons import inside_polygon
from playnano.stack.frames import Frame, Mask
from playnano.stack.provenance import Record
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, MaskStep
from playnano.steps.lengths import Length, LengthUnit, pixel_sizes
from playnano.steps.mask_file import StoredMask, read_mask

Vertex = Annotated[tuple[Length, Length], Strict(False)]


class MaskPolygon(MaskStep):
    """Mask a polygon, the same in every frame; what lies beyond the image does not count.

    A pixel is masked where its centre lies inside, by the even-odd rule.
    """

    step: Literal["mask_polygon"] = "mask_polygon"
    vertices: Annotated[
        tuple[Vertex, ...],
        Strict(False),
        Field(min_length=3, max_length=1000, examples=[[[2, 2], [2, 20], [18, 12]]]),
    ]
    """Corners as [[y, x], ...], from the centre of the first pixel."""
    unit: LengthUnit = "px"
    """Unit of the coordinates."""

    def extent(self, before: Extent) -> Extent:
        if self.unit == "px" and before.height is not None and before.width is not None:
            self._inside((before.height, before.width))
        return before

    def prepared(self, stack: AFMImageStack) -> Self:
        y_size, x_size = pixel_sizes(stack, self.unit)
        vertices = tuple((y / y_size, x / x_size) for y, x in self.vertices)
        in_pixels = self.model_copy(update={"vertices": vertices, "unit": "px"})
        in_pixels._inside(stack.shape[1:])
        return in_pixels

    def features(self, frame: Frame) -> Mask:
        inside = inside_polygon(frame.image.shape, self.vertices)
        return np.asarray(inside & np.isfinite(frame.image))

    def _inside(self, shape: tuple[int, int]) -> Mask:
        inside = inside_polygon(shape, self.vertices)
        if not inside.any():
            raise StepError(f"no pixel of the image ({shape[0]} x {shape[1]}) lies inside the polygon")
        return inside


class MaskFromFile(MaskStep):
    """Mask what a file marks, the same in every frame.

    The file holds one image of the size of the frames: `.npz` or `.npy`, `.png`, `.tif` or `.tiff`. What is
    not 0 (black) is masked. The provenance holds the file's SHA-256.
    """

    example: ClassVar[Mapping[str, Any]] = {"path": "mask.png"}

    step: Literal["mask_from_file"] = "mask_from_file"
    path: Annotated[str, Field(min_length=1)]
    """File of the mask; relative to the working directory."""
    array: str | None = None
    """Name of the array in an `.npz` of several."""

    _stored: StoredMask | None = PrivateAttr(None)

    def extent(self, before: Extent) -> Extent:
        read_mask(self.path, self.array, before.height, before.width)
        return before

    def prepared(self, stack: AFMImageStack) -> Self:
        step = self.model_copy()
        step._stored = read_mask(self.path, self.array, *stack.shape[1:])
        return step

    def record(self, stack: AFMImageStack) -> Record:
        stored = read_mask(self.path, self.array, *stack.shape[1:])
        details: dict[str, Any] = {"estimation": {"path_sha256": stored.sha256}}
        return super().record(stack).model_copy(update=details)

    def features(self, frame: Frame) -> Mask:
        stored = self._stored or read_mask(self.path, self.array, *frame.image.shape)
        return np.asarray(stored.mask & np.isfinite(frame.image))

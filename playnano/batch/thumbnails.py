"""Small pictures of results, for a page of many movies."""

import base64
import io

import numpy as np
from PIL import Image as Picture

from playnano.quality import bad_frames
from playnano.rendering.colormaps import DEFAULT_CMAP
from playnano.rendering.palette import palette
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import ZRange
from playnano.stack.frames import Image
from playnano.stack.stack import AFMImageStack

LARGEST, QUALITY = 160, 65
"""Longest side in pixels, and quality of the JPEG: some 5 kB a picture."""
CLIPPED = 0.01
"""Share of the heights beyond either end of the range shown."""


def thumbnail(stack: AFMImageStack) -> str:
    """The middle one of a movie's good frames, as the address of a picture: `data:image/jpeg;base64,...`.

    Empty where the frame shows nothing.
    """
    image = _reduced(np.asarray(stack[_middle(stack)], np.float64))
    heights = np.sort(image[np.isfinite(image)])
    if not heights.size or heights[0] == heights[-1]:
        return ""
    indices = coloured(image, _range(heights))
    file = io.BytesIO()
    Picture.fromarray(palette(DEFAULT_CMAP)[indices]).save(file, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _range(heights: Image) -> ZRange:
    """Most of the heights, which are sorted; all of them where most are the same."""
    clipped = int(CLIPPED * heights.size)
    lowest, highest = heights[clipped], heights[-1 - clipped]
    if not lowest < highest:
        lowest, highest = heights[0], heights[-1]
    return ZRange(float(lowest), float(highest))


def _middle(stack: AFMImageStack) -> int:
    good = sorted(set(range(len(stack))) - set(bad_frames(stack.frame_metadata)))
    return good[len(good) // 2] if good else len(stack) // 2


def _reduced(image: Image) -> Image:
    """Blocks of pixels averaged, so that no side is much longer than `LARGEST`; a block with NaN is NaN."""
    by = max(1, -(-max(image.shape) // LARGEST))
    height, width = (side // by for side in image.shape)
    blocks = image[: height * by, : width * by].reshape(height, by, width, by)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3))) if height and width else image

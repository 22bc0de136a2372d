"""Scale bar, timestamp and text as the exports draw them, for the page to lay over the picture."""

from functools import lru_cache

import numpy as np

from playnano.rendering.glyphs import Indices
from playnano.rendering.layout import PictureLayout, planned
from playnano.rendering.look import Look
from playnano.rendering.palette import BLACK, NAN
from playnano.viewer.development import Layer
from playnano.viewer.heights import layer_stack


class Overlays:
    """Draws what the exports write on their pictures."""

    def __init__(self) -> None:
        self._layout = lru_cache(maxsize=8)(_layout)

    def draw(self, layer: Layer, look: Look, index: int) -> Indices:
        """Greys of the annotations of a frame, uint8 (height, width) of the picture.

        0 where nothing is drawn, else 1 (black) to 15 (white).

        Raises
        ------
        PlaynanoError
            Where something that is to be drawn is not known, such as the pixel size, or the region is not
            within the frames.
        """
        layout = self._layout(layer, look)
        picture = np.full(layout.enlargement.picture, NAN, np.uint8)
        layout.drawing.draw(picture, index)
        return np.where(picture == NAN, 0, picture - (BLACK - 1)).astype(np.uint8)


def _layout(layer: Layer, look: Look) -> PictureLayout:
    look.check_region(layer.images.shape[1:])
    return planned(layer_stack(layer), look)

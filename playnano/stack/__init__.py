"""The movie: frames with their metadata, lazy and immutable."""

from playnano.stack.frames import Frame, Frames, Image, Images, Mask
from playnano.stack.lazy import ArrayFrames, DerivedFrames, LazyFrames, LazyImages, ReadFrames, Selection
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.metadata import FrameMetadata
from playnano.stack.numbering import table_numbers
from playnano.stack.stack import RAW, AFMImageStack
from playnano.stack.tables import Column, Table

__all__ = [
    "RAW",
    "AFMImageStack",
    "ArrayFrames",
    "Column",
    "DerivedFrames",
    "Frame",
    "FrameMetadata",
    "Frames",
    "Image",
    "Images",
    "LazyFrames",
    "LazyImages",
    "Mask",
    "MeasuredImages",
    "ReadFrames",
    "Selection",
    "Table",
    "table_numbers",
]

"""A small movie with steps, computed once."""

from pathlib import Path

import numpy as np
import pytest

from playnano.stack.chain import Link
from playnano.stack.frames import Frame, LayerImage
from playnano.stack.provenance import Record
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def _lowered(frame: Frame) -> tuple[Frame, LayerImage]:
    image = frame.image - np.float32(1)
    return frame.with_image(image), image


def _marked(frame: Frame) -> tuple[Frame, LayerImage]:
    own = frame.image > 2
    return frame.masked(own), own


@pytest.fixture
def processed(movie: AFMImageStack, tmp_path: Path) -> AFMImageStack:
    """The movie after two filters and a mask between them."""
    for index, (name, process) in enumerate(
        (("step_1_lower", _lowered), ("feature_mask", _marked), ("step_3_lower", _lowered)), 1
    ):
        record = Record(
            index=index, name=name, step="any", parameters={}, revision=1, package="any", package_version="1"
        )
        movie = movie.with_link(Link(name, index - 1, process, name == "feature_mask"), record)
    return spool(movie, Scratch(tmp_path))

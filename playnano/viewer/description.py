"""What the page is told, as plain values."""

from pathlib import Path
from typing import Any

import numpy as np

from playnano.readers.finding import find_movie
from playnano.recipe.shipped import purpose, recipe_names
from playnano.registry import package_version
from playnano.rendering.colormaps import map_colours, names
from playnano.stack.stack import AFMImageStack
from playnano.viewer.development import Development, Layer
from playnano.viewer.frame_marks import dropped_frames, frame_marks, numbers_as_read, shown_numbers
from playnano.viewer.marks import FILE
from playnano.viewer.saving import saved_names
from playnano.viewer.session import Session

STRIP_COLOURS = 16


def described_session(session: Session) -> dict[str, Any]:
    """The movies and the recipe that a viewer begins with."""
    return {
        "version": package_version("playnano"),
        "movies": [session.name(number) for number in range(len(session.movies))],
        "labels": [session.label(number) for number in range(len(session.movies))],
        "marks_file": (session.output_folder / FILE).as_posix(),
        "root": str(session.root.resolve()),
        "in_memory": session.stack is not None,
        "beginning": session.beginning,
        "recipe": session.recipe_text,
        "recipe_file": session.recipe_file.name if session.recipe_file else None,
        "recipes": [{"name": name, "purpose": purpose(name)} for name in recipe_names()],
        "saved": saved_names(),
        "output_folder": session.output_folder.name,
    }


def described_channels(path: Path) -> list[str]:
    """Names of the channels of a movie; no frame is read."""
    movie, reader = find_movie(path)
    return list(reader.channels(movie))


def described_layers(development: Development) -> dict[str, Any]:
    """The layers that are there, and the job that makes those to come."""
    job = development.job
    return {
        "layers": [_layer(layer, development.stack) for layer in list(development.layers.values())],
        "complete": development.complete,
        "notes": list(_last(development).stack.warnings),
        "job": None if job is None or development.complete else development.job_number,
    }


def _last(development: Development) -> Layer:
    return list(development.layers.values())[-1]


def _layer(layer: Layer, read: AFMImageStack) -> dict[str, Any]:
    stack = layer.stack
    frames, height, width = layer.images.shape
    return {
        "name": layer.name,
        "is_mask": layer.is_mask,
        "moves_pixels": layer.moves_pixels,
        "frames": frames,
        "height": height,
        "width": width,
        "unit": stack.unit,
        "pixel_size_nm": [stack.pixel_size_y_nm, stack.pixel_size_nm],
        "times_s": [float(time) if np.isfinite(time) else None for time in stack.timestamps],
        "numbers": shown_numbers(stack),
        "as_read": numbers_as_read(stack),
        "plane": layer.placement.plane,
        "corner": list(layer.placement.corner),
        "marks": frame_marks(stack),
        "dropped": dropped_frames(stack, read),
    }


def described_palettes() -> list[dict[str, Any]]:
    """The colormaps, each with some of its colours: ours, then those of matplotlib that are no reverses."""
    from matplotlib import colormaps

    own = names()
    others = sorted({name for name in colormaps if not name.endswith("_r")} - set(own), key=str.lower)
    return [{"name": name, "colours": _strip(name)} for name in (*own, *others)]


def _strip(name: str) -> list[str]:
    return [f"#{bytes(colour).hex()}" for colour in map_colours(name, STRIP_COLOURS)]

"""Draws the pictures of `docs/reference/colormaps.md`: `python docs/draw_colormaps.py`."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from playnano.rendering.cielab import lab_of_srgb
from playnano.rendering.colormaps import CURVES, map_colours
from playnano.rendering.look import Look
from playnano.rendering.pictures import pictures
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

IMAGES = Path(__file__).parent / "reference" / "images"
FLAT = {"tilt_nm": (0.0, 0.0), "bow_nm": 0.0, "line_noise_nm": 0.03, "pixel_noise_nm": 0.03, "frames": 8}
INK = "0.25"


def movie_64() -> AFMImageStack:
    """64 x 64 px, 160 nm wide, 81 frames per second."""
    sample = Sample(height=64, width=64, pixel_size_nm=2.5, molecules=4, frame_interval_s=0.0123, **FLAT)
    return sample.stack()


def movie_256() -> AFMImageStack:
    """256 x 256 px with a border of NaN, as a registration leaves it."""
    sample = Sample(height=256, width=256, pixel_size_nm=1.8, molecules=14, **FLAT)
    data = sample.stack().data
    data[:, :9] = data[:, :, -17:] = np.nan
    return AFMImageStack.from_array(data, pixel_size_nm=1.8, timestamps=sample.times_s().tolist())


def movie_300() -> AFMImageStack:
    """300 lines of 512 px: each pixel is twice as high as wide."""
    sample = Sample(height=600, width=512, pixel_size_nm=0.9, molecules=18, frame_interval_s=12.5, **FLAT)
    data = sample.stack().data[:, ::2]
    return AFMImageStack.from_array(data, pixel_size_nm=(1.8, 0.9), timestamps=sample.times_s().tolist())


def draw_frames() -> None:
    """The three example frames."""
    save(movie_64(), Look(), 5, "frame_64.png")
    labels = {"colour_bar": True, "speed_label": True, "text": "rings and caps on mica"}
    save(movie_256(), Look(cmap="playnano_gold", **labels), 5, "frame_256_nan.png")
    save(movie_300(), Look(cmap="classic_afm", colour_bar=True), 7, "frame_512x300.png")


def save(stack: AFMImageStack, look: Look, index: int, name: str) -> None:
    """One frame as an indexed PNG."""
    drawn = pictures(stack, look, fps=8)
    picture = Image.frombytes("P", (drawn.shape[2], drawn.shape[1]), drawn[index].tobytes())
    picture.putpalette(drawn.palette.tobytes())
    picture.save(IMAGES / name, optimize=True)


def draw_colormaps() -> None:
    """Each colormap: its colours, its lightness, and a frame in it."""
    figure = Figure(figsize=(8, 6.6), dpi=84, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(3, 2, width_ratios=(1.9, 1))
    plain = Look(timestamp=False, scale_bar=False, min_height=256)
    sample = Sample(height=256, width=256, pixel_size_nm=1.8, molecules=14, roughness_nm=0.02, **FLAT)
    frames = sample.clean_stack()
    for (curve, frame), name in zip(axes, CURVES, strict=True):
        draw_lightness(curve, name)
        drawn = pictures(frames, plain.model_copy(update={"cmap": name}))
        frame.imshow(drawn.palette[drawn[0]])
        frame.set_axis_off()
    canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(IMAGES / "colormaps.png", optimize=True)


def draw_lightness(axes, name: str) -> None:
    """L* along a colormap over its colours."""
    colours = map_colours(name) / 255
    place, lightness = np.linspace(0, 1, len(colours)), lab_of_srgb(colours)[:, 0]
    fit = np.corrcoef(place, lightness)[0, 1] ** 2
    axes.imshow(colours[None], extent=(0, 1, -34, -8), aspect="auto")
    axes.plot([0, 1], [lightness[0], lightness[-1]], color="0.8", lw=1)
    axes.scatter(place, lightness, c=colours, s=26, edgecolors=INK, linewidths=0.15, zorder=3)
    axes.set(xlim=(-0.01, 1.01), ylim=(-36, 104), yticks=(0, 25, 50, 75, 100), xticks=())
    axes.set_ylabel("lightness L*", color=INK)
    axes.set_title(f"{name}    $R^2$ = {fit:.5f}", loc="left", fontsize=11, color=INK)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_frames()
    draw_colormaps()

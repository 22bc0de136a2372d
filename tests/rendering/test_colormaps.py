"""Colormaps: measured with formulas of the test's own, not with those that made them."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

import playnano.rendering  # noqa: F401  (registers the colormaps)
from playnano.errors import PlaynanoError
from playnano.rendering.cielab import lab_of_srgb, srgb_of_lab
from playnano.rendering.colormaps import CURVES, check_name, map_colours, names

STRAIGHT = ["afm_brown", "playnano_gold"]


def lightness(colours):
    """CIE 1976 L* of sRGB bytes, in the form with kappa = 903.3."""
    c = colours.astype(float) / 255
    linear = np.piecewise(
        c, [c > 0.04045], [lambda v: np.power((v + 0.055) / 1.055, 2.4), lambda v: v / 12.92]
    )
    luminance = linear[:, 0] * 0.2126 + linear[:, 1] * 0.7152 + linear[:, 2] * 0.0722
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


@pytest.mark.parametrize("name", STRAIGHT)
def test_lightness_rises_in_a_straight_line_from_near_black_to_near_white(name):
    level = lightness(map_colours(name))
    place = np.arange(256)
    slope, start = np.polyfit(place, level, 1)
    residual = level - (slope * place + start)
    assert 1 - residual.var() / level.var() >= 0.999
    assert np.abs(residual).max() < 0.6
    assert (np.diff(level) > 0).all()
    assert 1 <= level[0] <= 3
    assert 96 <= level[-1] <= 98


def test_the_classic_map_runs_from_black_over_red_and_yellow_to_white():
    colours = map_colours("classic_afm").astype(int)
    level = lightness(colours)
    assert level[0] < 3
    assert level[-1] > 97
    assert (np.diff(level) > -0.3).all()
    assert colours[60, 0] > 3 * colours[60, 1]  # dark red
    assert colours[210, 0] > 230  # yellow: much red and green, less blue
    assert colours[210, 1] > 180 > colours[210, 2]


@pytest.mark.parametrize("name", CURVES)
def test_every_colour_of_the_curve_can_be_shown_on_a_screen(name):
    rgb = srgb_of_lab(CURVES[name].lab(256))
    assert rgb.min() >= -0.002
    assert rgb.max() <= 1.002


@pytest.mark.parametrize("name", CURVES)
def test_neighbouring_colours_are_near_and_no_two_are_equal(name):
    steps = np.diff(map_colours(name).astype(int), axis=0)
    assert np.abs(steps).max() <= 6
    assert np.abs(steps).sum(axis=1).min() >= 1


@pytest.mark.parametrize("name", names())
def test_matplotlib_knows_them(name):
    drawn = mpl.colormaps[name](np.arange(256), bytes=True)[:, :3]
    assert np.array_equal(drawn, map_colours(name))


def test_reversed_maps_are_reversed():
    assert np.array_equal(map_colours("afm_brown_r"), map_colours("afm_brown")[::-1])
    assert np.array_equal(map_colours("viridis_r"), map_colours("viridis")[::-1])


def test_maps_of_matplotlib_are_its_own():
    assert np.array_equal(map_colours("viridis"), mpl.colormaps["viridis"](np.arange(256), bytes=True)[:, :3])
    assert map_colours("tab10", 240).shape == (240, 3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("afm_bron", "there is no colormap 'afm_bron'; did you mean 'afm_brown'?"),
        ("virids", "there is no colormap 'virids'; did you mean 'viridis'?"),
        ("nosuchthingatall", "there is no colormap 'nosuchthingatall'"),
    ],
)
def test_an_unknown_name_is_refused_in_one_line(name, message):
    with pytest.raises(PlaynanoError) as error:
        check_name(name)
    assert str(error.value) == message


def test_lab_and_back():
    rgb = np.random.default_rng(0).random((100, 3))
    assert np.allclose(srgb_of_lab(lab_of_srgb(rgb)), rgb, atol=1e-9)


def test_lab_of_known_colours():
    known = lab_of_srgb(np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1.0]]))
    assert np.allclose(
        known, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]], atol=0.02
    )


CHECKS = {
    "matplotlib is not imported before it is used": """
import sys, playnano.rendering.pictures, playnano.rendering.look
playnano.rendering.look.Look()
assert "matplotlib" not in sys.modules
import matplotlib
assert "afm_brown_r" in matplotlib.colormaps
""",
    "matplotlib was there before": """
import matplotlib.figure
import playnano.rendering
assert "classic_afm" in matplotlib.colormaps
""",
}


@pytest.mark.parametrize("code", CHECKS.values(), ids=CHECKS)
def test_registration_in_either_order(code):
    subprocess.run([sys.executable, "-c", code], check=True)

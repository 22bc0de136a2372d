import matplotlib as mpl
import numpy as np
import pytest

from playnano.rendering.cielab import lab_of_srgb
from playnano.rendering.colormaps import map_colours, names
from playnano.rendering.palette import BLACK, MAP_COLOURS, NAN, WHITE, palette


@pytest.mark.parametrize("name", ["afm_brown", "viridis"])
def test_a_palette_is_the_map_then_nan_then_greys(name):
    colours = palette(name)
    assert colours.shape == (256, 3)
    assert np.array_equal(colours[:MAP_COLOURS], map_colours(name, MAP_COLOURS))
    assert colours[BLACK].tolist() == [0, 0, 0]
    assert colours[WHITE].tolist() == [255, 255, 255]
    assert (np.ptp(colours[BLACK : WHITE + 1], axis=1) == 0).all()
    assert WHITE == 255


@pytest.mark.parametrize(
    "name", [*names(), "gray", "viridis", "inferno", "jet", "hot", "coolwarm", "turbo", "Greens"]
)
def test_the_colour_of_nan_is_no_colour_of_the_map(name):
    lab = lab_of_srgb(palette(name) / 255)
    assert np.linalg.norm(lab[:MAP_COLOURS] - lab[NAN], axis=1).min() > 10


def test_a_palette_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        palette("afm_brown")[0] = 0


def test_all_maps_of_matplotlib_give_a_palette():
    assert all(palette(name).shape == (256, 3) for name in mpl.colormaps)

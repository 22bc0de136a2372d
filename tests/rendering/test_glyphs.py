"""Letters, times and scale bars, each by itself."""

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.rendering.glyphs import filled, glyph, line_height, outlined, rim, text_sprite, text_width
from playnano.rendering.layout import speed_text
from playnano.rendering.palette import BLACK, WHITE
from playnano.rendering.scale_bar import bar_length, bar_sprite, longest_round, round_length, shortest_round
from playnano.rendering.timestamps import Clock


def test_a_polygon_covers_its_area():
    triangle = np.array([[1.0, 1.0], [9.0, 1.0], [1.0, 7.0]])
    assert filled([triangle], (8, 10)).sum() == pytest.approx(24, rel=0.01)


def test_a_hole_is_left_empty():
    square = np.array([[0, 0], [8, 0], [8, 8], [0, 8.0]])
    hole = np.array([[2, 2], [2, 6], [6, 6], [6, 2.0]])
    covered = filled([square, hole], (8, 8))
    assert covered.sum() == pytest.approx(48)
    assert covered[4, 4] == 0


@pytest.mark.parametrize("size", [9, 23, 85])
def test_letters_are_white_with_a_black_rim(size):
    sprite = text_sprite("0.50 s", size)
    assert (sprite.indices[sprite.covers] >= BLACK).all()
    assert (sprite.indices == WHITE).any()
    white = np.argwhere((sprite.indices == WHITE) & sprite.covers)
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):  # no white pixel touches the picture
        y, x = white[:, 0] + dy, white[:, 1] + dx
        inside = (y >= 0) & (x >= 0) & (y < sprite.shape[0]) & (x < sprite.shape[1])
        assert inside.all()
        assert sprite.covers[y, x].all()


def test_digits_are_equally_wide():
    assert len({glyph(digit, 23).advance for digit in "0123456789"}) == 1
    assert text_width("111.11 s", 23) == text_width("888.88 s", 23)


def test_lines_are_equally_high_but_for_accents():
    assert text_sprite("xa", 23).shape[0] == text_sprite("Wg", 23).shape[0] < text_sprite("Ü", 23).shape[0]
    assert text_sprite("Ü", 23).shape[0] == line_height(23)


def test_a_character_the_font_has_not_is_refused():
    with pytest.raises(PlaynanoError, match="no character '\N{CJK UNIFIED IDEOGRAPH-4E2D}'"):
        text_sprite("\N{CJK UNIFIED IDEOGRAPH-4E2D}", 20)


def test_the_rim_is_as_thick_as_said():
    sprite = outlined(np.pad(np.ones((3, 5)), 4), 2)
    assert sprite.covers.any(axis=0).sum() == 5 + 4
    assert sprite.covers.any(axis=1).sum() == 3 + 4


TIMES = {
    "seconds": ([0, 0.5, 12.5], ["0.00 s", "0.50 s", "12.50 s"]),
    "milliseconds": ([0, 0.0123], ["0.0 ms", "12.3 ms"]),
    "over a minute": ([0, 18.1, 62.5], ["0.0 s", "18.1 s", "62.5 s"]),
    "hours": ([0, 3725, 86400], ["0:00:00 h", "1:02:05 h", "24:00:00 h"]),
    "steps that two decimals would hide": ([0, 0.0123, 2], ["0.000 s", "0.012 s", "2.000 s"]),
    "carried over": ([0, 0.5, 119.99], ["0.0 s", "0.5 s", "120.0 s"]),
    "before the first": ([-1.5, 0, 2], ["\N{MINUS SIGN}1.50 s", "0.00 s", "2.00 s"]),
    "one frame": ([0], ["0.00 s"]),
    "frames at one time": ([0, 0], ["0.00 s", "0.00 s"]),
}


@pytest.mark.parametrize(("times", "texts"), TIMES.values(), ids=TIMES)
def test_times_as_text(times, texts):
    clock = Clock.of(np.array(times, float))
    assert [clock.text(time) for time in times] == texts


UNITS = {"ms": "62500.0 ms", "s": "62.5 s", "min": "1:02.5 min", "h": "0:01:02 h", "auto": "62.5 s"}


@pytest.mark.parametrize("unit", UNITS)
def test_times_in_a_unit_of_choice(unit):
    assert Clock.of(np.array([0, 62.5]), unit).text(62.5) == UNITS[unit]


@pytest.mark.parametrize(
    ("speed", "text"),
    [(4, "4.0"), (0.25, "0.25"), (12.34, "12.3"), (99.99, "100"), (0.01234, "0.012"), (1200, "1200")],
)
def test_speed_as_text(speed, text):
    assert speed_text(speed) == f"\N{MULTIPLICATION SIGN} {text}"


def test_round_lengths():
    assert [longest_round(limit) for limit in (1, 4.9, 5, 99, 0.3)] == [1, 2, 5, 50, 0.2]
    assert [shortest_round(limit) for limit in (1, 4.9, 5.1, 99, 0.3)] == [1, 5, 10, 100, 0.5]
    assert [round_length(near) for near in (1.1, 1.6, 80, 0.03)] == [1, 2, 100, 0.02]


LENGTHS = {
    "documented": (None, 400, 100, False),
    "half the width": (None, 200, 100, False),
    "over half the width": (None, 199, 50, True),
    "tiny": (None, 3, 1, True),
    "so wide that 100 nm is a dot": (None, 6000, 1000, True),
    "near a fifth": ("auto", 400, 100, False),
    "near a fifth of little": ("auto", 80, 20, False),
    "asked for": (150, 400, 150, False),
    "asked for and long": (330, 400, 330, False),
}


@pytest.mark.parametrize(("length_nm", "width", "nm", "has_note"), LENGTHS.values(), ids=LENGTHS)
def test_length_of_the_scale_bar(length_nm, width, nm, has_note):
    length = bar_length(length_nm, width)
    assert length.nm == nm
    assert (length.note is not None) == has_note


def test_a_bar_that_does_not_fit_is_refused_with_one_that_does():
    with pytest.raises(PlaynanoError) as error:
        bar_length(1000, 400)
    assert str(error.value) == (
        "a scale bar of 1 \N{MICRO SIGN}m does not fit in a picture 400 nm wide; `scale_bar_nm: 200` does"
    )


def test_long_lengths_are_in_micrometres():
    assert [bar_length(nm, 1e5).label for nm in (999, 1000, 2500)] == [
        "999 nm", "1 \N{MICRO SIGN}m", "2.5 \N{MICRO SIGN}m",
    ]  # fmt: skip


@pytest.mark.parametrize("length", [1, 17, 128])
def test_the_bar_has_exactly_so_many_white_pixels(length):
    sprite = bar_sprite(length, "100 nm", 22)
    row = sprite.indices[-1 - rim(22)]
    assert (row == WHITE).sum() == length

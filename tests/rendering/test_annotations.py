"""Places of what is drawn: inside the picture, apart from one another, legible on any ground."""

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.rendering.annotations import Annotations, arranged, wrapped
from playnano.rendering.colour_bar import colour_bar, tick_heights, tick_texts
from playnano.rendering.glyphs import text_width
from playnano.rendering.palette import BLACK, MAP_COLOURS, WHITE

SHAPES = [
    (64, 64),
    (64, 96),
    (100, 70),
    (128, 128),
    (160, 600),
    (512, 160),
    (512, 512),
    (2048, 2048),
    (512, 4096),
]
TIMES = ("0:00.0 min", "1:02.5 min", "12:34.5 min")


def everything(shape, text="gold on mica"):
    return Annotations(
        times=TIMES, bars=((shape[1] // 4, "100 nm"),) * 3, speed="\N{MULTIPLICATION SIGN} 4.0", text=text
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_covers_anything_else_or_leaves_the_picture(shape):
    drawing = arranged(everything(shape, "mica" if min(shape) < 100 else "gold on mica"), shape)
    boxes = drawing.boxes()
    assert len(boxes) >= 4
    taken = np.zeros(shape, int)
    for box in boxes:
        assert box.lies_in(shape, 1)
        taken[box.y : box.y + box.height, box.x : box.x + box.width] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("index", [0, 2])
def test_what_is_drawn_stays_in_its_boxes(shape, index):
    drawing = arranged(everything(shape, "mica" if min(shape) < 100 else "gold on mica"), shape)
    picture = np.zeros(shape, np.uint8)
    drawing.draw(picture, index)
    for box in drawing.boxes():
        part = picture[box.y : box.y + box.height, box.x : box.x + box.width]
        assert (part == WHITE).any()
        part[:] = 0
    assert not picture.any()


@pytest.mark.parametrize("ground", [0, MAP_COLOURS - 1])
def test_white_and_black_are_both_there_on_any_ground(ground):
    picture = np.full((512, 512), ground, np.uint8)
    arranged(everything((512, 512)), (512, 512)).draw(picture, 0)
    assert (picture == WHITE).sum() > 500
    assert (picture == BLACK).sum() > 1000


def test_times_end_in_one_place():
    drawing = arranged(Annotations(times=TIMES), (512, 512))
    ends = []
    for index in range(3):
        picture = np.zeros((512, 512), np.uint8)
        drawing.draw(picture, index)
        ends.append(np.argwhere(picture == WHITE)[:, 1].max())
    assert len(set(ends)) == 1


def test_letters_grow_with_the_picture():
    sizes = [arranged(everything((n, n)), (n, n)).size for n in (512, 1024, 2048)]
    assert sizes == [22, 45, 89]


def test_a_long_text_is_wrapped():
    drawing = arranged(everything((512, 512), "a long text about gold on mica in buffer, " * 4), (512, 512))
    lines = [box for _, box in drawing.still]
    assert len(lines) > 4
    assert len({box.y for box in lines}) >= 4


def test_lines_break_between_words_and_where_the_text_does():
    lines = list(wrapped("one two three\nfour", text_width("one two", 20) + 2, 20))
    assert lines == ["one two", "three", "four"]


def test_too_much_text_is_refused_in_one_line():
    with pytest.raises(PlaynanoError, match="do not fit in a picture of 64 x 64 px") as error:
        arranged(everything((64, 64), "much too long " * 20), (64, 64))
    assert "\n" not in str(error.value)


def test_a_bar_of_its_own_for_each_frame():
    drawing = arranged(Annotations(bars=((100, "50 nm"), (200, "50 nm"))), (512, 512))
    lengths = []
    for index in range(2):
        picture = np.zeros((512, 512), np.uint8)
        drawing.draw(picture, index)
        lengths.append(int((picture[picture.shape[0] - 11 - 3] == WHITE).sum()))
    assert lengths == [100, 200]


@pytest.mark.parametrize("height", [128, 512, 2048])
def test_a_colour_bar_holds_every_colour_the_lightest_at_the_top(height):
    band = colour_bar(height, max(9, height // 23), -1.2, 5.3, "nm")
    assert band.shape[0] == height
    colours = band[:, band.shape[1] // 4]
    ramp = colours[colours < MAP_COLOURS].astype(int)
    assert (ramp[0], ramp[-1]) == (MAP_COLOURS - 1, 0)
    assert (np.diff(ramp) <= 0).all()


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (0.2, 4.7, 8, ["1", "2", "3", "4"]),
        (
            -0.31,
            0.42,
            8,
            [
                "\N{MINUS SIGN}0.3",
                "\N{MINUS SIGN}0.2",
                "\N{MINUS SIGN}0.1",
                "0.0",
                "0.1",
                "0.2",
                "0.3",
                "0.4",
            ],
        ),
        (-120, 1300, 4, ["0", "500", "1000"]),
        (5.001, 5.0024, 3, ["5.0010", "5.0015", "5.0020"]),
    ],
)
def test_ticks(low, high, most, texts):
    assert tick_texts(tick_heights(low, high, most)) == texts


def test_no_colour_bar_on_a_picture_too_low_for_it():
    with pytest.raises(PlaynanoError, match="too low for a colour bar"):
        colour_bar(20, 9, 0, 1, "nm")

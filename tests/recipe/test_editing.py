"""Edits of a recipe's text: values as they should be, comments and everything else as they were."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playnano.recipe.editing import (
    items,
    with_item,
    with_item_moved,
    with_item_switched,
    with_setting,
    without_item,
)
from playnano.recipe.yamltext import compose

TEXT = """# A recipe
version: 1

steps:
  # level it
  - step: remove_plane   # plane
  - step: gaussian_filter
    sigma: 0.8   # px
    name: smooth

  # last
  - {step: zero_median}

# what to write
exports:
  - format: h5
"""


def steps(text: str) -> list[dict[str, Any]]:
    return compose(text, "recipe").value["steps"]


def test_a_parameter_is_set_in_its_line() -> None:
    assert with_setting(TEXT, "steps", 1, "sigma", 1.5) == TEXT.replace("0.8", "1.5")


def test_a_new_parameter_gets_a_line_of_its_own() -> None:
    edited = with_setting(TEXT, "exports", 0, "layers", ["raw", "smooth"])
    assert edited == TEXT.replace("format: h5\n", "format: h5\n    layers: [raw, smooth]\n")


def test_a_parameter_is_taken_out() -> None:
    assert with_setting(TEXT, "steps", 1, "sigma", None) == TEXT.replace("    sigma: 0.8   # px\n", "")


def test_an_item_on_one_line_is_written_on_several_where_it_must() -> None:
    edited = with_setting(TEXT, "steps", 2, "name", "last_one")
    assert steps(edited)[2] == {"step": "zero_median", "name": "last_one"}
    assert "# last\n" in edited


def test_switching_off_makes_a_comment_and_on_again_the_same_text() -> None:
    off = with_item_switched(TEXT, "steps", 1, is_off=True)
    assert [step["step"] for step in steps(off)] == ["remove_plane", "zero_median"]
    assert [item.is_off for item in items(off, "steps")] == [False, True, False]
    assert items(off, "steps")[1].value() == {"step": "gaussian_filter", "sigma": 0.8, "name": "smooth"}
    assert with_item_switched(off, "steps", 1, is_off=False) == TEXT


def test_a_step_that_is_off_can_be_edited() -> None:
    off = with_item_switched(TEXT, "steps", 1, is_off=True)
    assert items(with_setting(off, "steps", 1, "sigma", 2.0), "steps")[1].value()["sigma"] == 2.0


def test_a_moved_step_takes_its_comment_along() -> None:
    edited = with_item_moved(TEXT, "steps", 0, 2)
    assert [step["step"] for step in steps(edited)] == ["gaussian_filter", "zero_median", "remove_plane"]
    assert edited.index("# level it") > edited.index("zero_median")


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\n",
        "version: 1\nsteps:\n",
        "version: 1\nsteps: []\n",
        "version: 1\n\nexports:\n  - format: h5\n",
        "version: 1\nsteps: [{step: zero_mean}]\n",
        "{version: 1, steps: [{step: zero_mean}]}\n",
        "version: 1\nsteps:\n-   step: zero_mean\n",
        "version: 1\nsteps:\n  -\n    step: zero_mean\n",
    ],
)
def test_any_layout_takes_a_step(text: str) -> None:
    before = compose(text, "recipe").value.get("steps") or []
    edited = with_item(text, "steps", len(before), {"step": "gaussian_filter", "sigma": 2.0})
    assert steps(edited) == [*before, {"step": "gaussian_filter", "sigma": 2.0}]
    assert compose(edited, "recipe").value.get("exports") == compose(text, "recipe").value.get("exports")


def test_the_last_step_may_go() -> None:
    edited = without_item("version: 1\nsteps:\n  - step: zero_mean\n", "steps", 0)
    assert compose(edited, "recipe").value == {"version": 1, "steps": None}


values = st.one_of(
    st.floats(allow_nan=False), st.integers(), st.booleans(), st.text("ab :#'\"-[]{}\u00e9", max_size=8)
)


@given(value=st.one_of(values, st.lists(values, max_size=3)), position=st.integers(0, 2))
def test_whatever_is_set_is_read_back(value: Any, position: int) -> None:
    edited = with_setting(TEXT, "steps", position, "text", value)
    assert steps(edited)[position]["text"] == value
    assert "# level it" in edited


@given(st.permutations([0, 1, 2]), st.lists(st.booleans(), min_size=3, max_size=3))
def test_moves_and_switches_lose_nothing(order: list[int], off: list[bool]) -> None:
    text = TEXT
    for position, is_off in enumerate(off):
        text = with_item_switched(text, "steps", position, is_off=is_off)
    for position in order:
        text = with_item_moved(text, "steps", position, 0)
    names = sorted(item.value()["step"] for item in items(text, "steps"))
    assert names == ["gaussian_filter", "remove_plane", "zero_median"]
    assert all(comment in text for comment in ("# level it", "# px", "# last", "# what to write", "# plane"))

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playnano.errors import RecipeError
from playnano.recipe.document import Place
from playnano.recipe.yamltext import compose, dump, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1_000", "1_000"),
        ("no", "no"),
        ("on", "on"),
        ("True", True),
        ("12:30", "12:30"),
        ("2001-01-01", "2001-01-01"),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("-.5", -0.5),
        ("+.inf", math.inf),
        ("~", None),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("<<", "<<"),
    ],
)
def test_values_are_what_they_look_like(text: str, value: object) -> None:
    assert scalar(text) == value


def test_every_key_and_value_knows_its_place() -> None:
    document = compose("version: 1\nsteps:\n  - step: remove_plane\n", "r.yaml")
    assert document.keys[("steps",)] == Place(2, 1)
    assert document.values[("steps", 0, "step")] == Place(3, 11)
    assert document.where(("steps", 0, "step")) == "r.yaml:3:11"
    assert document.where(("steps", 0, "sigma")) == "r.yaml:3:5"


def test_an_alias_is_its_value() -> None:
    assert compose("a: &x [1, 2]\nb: *x\n", "r").value == {"a": [1, 2], "b": [1, 2]}


def test_aliases_of_aliases_are_counted() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(RecipeError, match="more than 100,000 values"):
        compose(bomb, "bomb.yaml")


def test_a_value_given_elsewhere_is_blamed_on_elsewhere() -> None:
    document = compose("steps: [{step: a}]", "r").with_value(("steps", 0, "sigma"), -1, "--set steps.1.sigma")
    assert document.value == {"steps": [{"step": "a", "sigma": -1}]}
    assert document.where(("steps", 0, "sigma")) == "--set steps.1.sigma"
    assert document.where(("steps", 0, "step")) == "r:1:16"


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_what_is_dumped_is_read_back(value: object) -> None:
    if _is_printable(value):
        assert compose(dump({"it": value}), "r").value == {"it": value}


def _is_printable(value: object) -> bool:
    """YAML holds printable text only; a key that is not a plain text is another matter."""
    if isinstance(value, str):
        return all(character.isprintable() for character in value)
    if isinstance(value, dict):
        return all(_is_printable(k) and _is_printable(v) for k, v in value.items())
    return all(map(_is_printable, value)) if isinstance(value, list) else True

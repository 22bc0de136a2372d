"""The grammar of `--processing`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playnano.cli.processing import parsed
from playnano.errors import RecipeError
from playnano.recipe.document import Place
from playnano.recipe.yamltext import dump


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        (" ; ;", []),
        ("remove_plane", [{"step": "remove_plane"}]),
        ("remove_plane:", [{"step": "remove_plane"}]),
        ("a; b:x=1 ;", [{"step": "a"}, {"step": "b", "x": 1}]),
        ("a:x=1e-3, y = no", [{"step": "a", "x": 0.001, "y": "no"}]),
        ("a:x=[1,2],y=[]", [{"step": "a", "x": [1, 2], "y": []}]),
        ("a:x='1; 2, 3',name=blobs", [{"step": "a", "x": "1; 2, 3", "name": "blobs"}]),
        ("a:x=b=c", [{"step": "a", "x": "b=c"}]),
        ("a:x=,y=null", [{"step": "a", "x": None, "y": None}]),
        ("a:x=true;\nb:y=12:30", [{"step": "a", "x": True}, {"step": "b", "y": "12:30"}]),
    ],
)
def test_steps_and_their_parameters(text: str, steps: list[dict[str, object]]) -> None:
    assert parsed(text).items == steps


def test_places_are_those_of_the_text() -> None:
    processing = parsed("a;\n  b: x = 1")
    assert processing.values["steps", 1, "step"] == Place(2, 3)
    assert processing.keys["steps", 1, "x"] == Place(2, 6)
    assert processing.values["steps", 1, "x"] == Place(2, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:x", "--processing:1:3: 'x' is not a parameter: write NAME=VALUE"),
        ("a:=1", "--processing:1:3: '=1' is not a parameter: write NAME=VALUE"),
        ("a:x=1,x=2", "--processing:1:7: 'x' is given twice"),
        ("a:step=b", "--processing:1:3: 'step' is given twice"),
        ("a:x=[1", "--processing:1:5: '[1' is not a value"),
        ("a:x=!!python/object:os.system 1", "--processing:1:5: '!!python/object:os.system 1' is not a value"),
    ],
)
def test_faults_are_told_with_their_place(text: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parsed(text)
    assert str(caught.value).splitlines()[0] == message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        parsed("a:x; b:=2")
    assert str(caught.value).count("is not a parameter") == 2


VALUES = st.one_of(
    st.integers(-1000, 1000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    st.lists(st.integers(0, 99), min_size=1, max_size=4),
)
NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@given(
    st.lists(
        st.tuples(NAMES, st.dictionaries(NAMES.filter(lambda n: n != "step"), VALUES, max_size=3)), max_size=4
    )
)
def test_what_is_written_by_the_grammar_is_read_back(steps: list[tuple[str, dict[str, object]]]) -> None:
    def inline(value: object) -> str:
        return dump({"value": value}).removeprefix("value: ").strip()

    text = "; ".join(
        name + ":" * bool(given_) + ", ".join(f"{key}={inline(value)}" for key, value in given_.items())
        for name, given_ in steps
    )
    assert parsed(text).items == [{"step": name, **given_} for name, given_ in steps]


@given(st.text(alphabet="ab:;,=[]{}'\"# \n-", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        told = "" if parsed(text) else "nothing"
    except RecipeError as error:
        told = str(error)
    assert not told or told.startswith("--processing:")

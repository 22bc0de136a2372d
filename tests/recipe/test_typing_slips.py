"""Slips of the keyboard: advice at the line where they are."""

from pathlib import Path

import pytest

from playnano.errors import RecipeError
from playnano.recipe.reading import read_document, read_recipe, validated

STEP = "version: 1\nsteps:\n  - step: gaussian_filter\n    {}\nexports: [{{format: npz}}]\n"


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        (STEP.format('sigma: "1,5"'), "r:4:12", "write 1.5, with a point"),
        (STEP.format("sigma: 1,5"), "r:4:12", "write 1.5, with a point"),
        (STEP.format("sigma:2"), "r:4:5", "a space is missing after the colon: write 'sigma: 2'"),
        ("version:1\nsteps: []\n", "r:1:1", "write 'version: 1'"),
        ("version: 1\nsteps:\n  - step:zero_mean\n", "r:3:5", "write 'step: zero_mean'"),
        ("version: 1\nsteps:\n\t- step: zero_mean\n", "r:3:1", "a tab stands here: YAML is indented"),
        (STEP.format("sigma:\u00a02"), "r:4:11", "no-break space (U+00A0) here: type a plain space"),
        (STEP.format("\u00a0sigma: 2"), "r:4:5", "no-break space (U+00A0)"),
        (STEP.format("\u3000sigma: 2"), "r:4:5", "ideographic space (U+3000)"),
        (STEP.format("sigma\uff1a 2"), "r:4:10", "type a plain colon"),
        ("version: 1\nexports: [{format: MP4}]\n", "r:2:20", "did you mean 'mp4'?"),
        (
            "version: 1\nexports: [{format: HDF5}]\n",
            "r:2:20",
            "did you mean 'hdf5'?",
        ),
    ],
)
def test_advice(text: str, line: str, advice: str) -> None:
    with pytest.raises(RecipeError) as raised:
        read_recipe(text, "r")
    assert str(raised.value).startswith(f"{line}: ")
    assert advice in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["version: 1\n# a\u00a0comment\nsteps: []\n", 'version: 1\noutput: {name: "a:\u00a0b"}\n'],
)
def test_what_is_meant_is_left_alone(text: str) -> None:
    try:
        read_recipe(text)
    except RecipeError as error:
        assert "plain space" not in str(error)  # noqa: PT017 - a colon in a file's name is refused


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("version: 1\n# 高さの膜\nsteps: []\n", "cp932", ":2:3: this is not UTF-8 but probably Shift-JIS"),
        ("version: 1\n\n# café\n", "cp1252", ":3:6: this is not UTF-8 but probably Windows-1252"),
        ("version: 1\n\n# Höhe\n", "cp1252", ":3:4: this is not UTF-8 but probably Windows-1252"),
    ],
)
def test_other_encodings(tmp_path: Path, text: str, encoding: str, told: str) -> None:
    (tmp_path / "r.yaml").write_bytes(text.encode(encoding))
    with pytest.raises(RecipeError) as raised:
        validated(read_document(str(tmp_path / "r.yaml")))
    assert told in str(raised.value)
    assert "save the file as UTF-8" in str(raised.value)

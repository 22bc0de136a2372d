from pathlib import Path

import pytest

from playnano.errors import RecipeError
from playnano.recipe.reading import read_recipe, validated, with_settings
from playnano.recipe.recipe import Recipe
from playnano.recipe.yamltext import compose, scalar

TEXT = """\
version: 1
input:
  channel: height_trace
steps:
  - step: remove_plane
  - step: gaussian_filter
    sigma: 2
    name: smooth
exports:
  - format: hdf5
    layers: [raw, smooth]
"""


def test_a_recipe_says_only_what_differs() -> None:
    recipe = read_recipe(TEXT)
    assert recipe.steps[1].model_dump() == {"step": "gaussian_filter", "name": "smooth", "sigma": 2.0}
    assert recipe.output.folder == "output"
    assert recipe.exports[0].format == "h5"


def test_written_out_it_is_the_same_recipe() -> None:
    recipe = read_recipe(TEXT)
    again = read_recipe(recipe.to_yaml())
    assert again == recipe
    assert again.sha256() == recipe.sha256()
    assert read_recipe(TEXT.replace("sigma: 2", "sigma: 2.5")).sha256() != recipe.sha256()


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_recipe(TEXT).version = 1  # type: ignore[misc]


def test_keys_with_nothing_after_them_are_empty() -> None:
    assert read_recipe("version: 1\nsteps:\nexports:\ninput:\noutput:\n") == Recipe(version=1)


def test_settings_count_from_one() -> None:
    document = with_settings(
        compose(TEXT, "r.yaml"), {"steps.2.sigma": scalar("3"), "output.folder": "x", "input.strict": True}
    )
    recipe = validated(document)
    assert recipe.steps[1].model_dump()["sigma"] == 3
    assert recipe.output.folder == "x"
    assert recipe.input.strict is True
    assert recipe.input.channel == "height_trace"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("steps.2.sigma", -1, "--set steps.2.sigma: sigma: input should be greater than 0"),
        (
            "steps.2.sigmo",
            1,
            "--set steps.2.sigmo: 'sigmo' is not a parameter of gaussian_filter (it takes: sigma)",
        ),
        (
            "steps.3.sigma",
            1,
            "--set steps.3.sigma: the recipe has nothing there; lists are counted from 1",
        ),
        (
            "steps.0.sigma",
            1,
            "--set steps.0.sigma: the recipe has nothing there; lists are counted from 1",
        ),
        (
            "outptu.folder",
            "x",
            "--set outptu.folder: 'outptu' is not a key here "
            "(known: version, input, steps, analysis, exports, output)",
        ),
    ],
)
def test_a_wrong_setting_is_blamed_on_the_flag(key: str, value: object, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        validated(with_settings(compose(TEXT, "r.yaml"), {key: value}, origin="--set "))
    assert str(caught.value) == message


def test_a_path_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    with pytest.raises(RecipeError, match=r"mine\.yaml: there is no such file"):
        read_recipe(file)
    file.write_text("version: 1\nsteps: [{step: remove_plain}]\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"mine\.yaml:2"):
        read_recipe(file)
    file.write_text("version: 1\nsteps: [{step: remove_plane}]\n", encoding="utf-8")
    assert read_recipe(file) == read_recipe(file.read_text(encoding="utf-8"))

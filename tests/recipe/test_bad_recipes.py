"""Recipes that say something wrong, and beside each the exact message."""

from pathlib import Path

import pytest

from playnano.errors import RecipeError
from playnano.recipe.reading import read_recipe

CASES = sorted((Path(__file__).parent / "bad_recipes").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_message(case: Path) -> None:
    expected = case.with_suffix(".txt").read_text(encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        read_recipe(case.read_text(encoding="utf-8"), case.name)
    assert f"{caught.value}\n" == expected


def test_there_are_fifty() -> None:
    assert len(CASES) >= 50

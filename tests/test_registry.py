"""Names looked up: what there is, what is nearly meant, and models made from settings."""

import pytest

from playnano.errors import PlaynanoError, RecipeError
from playnano.exporters import EXPORTS
from playnano.readers import READERS
from playnano.registry import models, package_version
from playnano.steps import STEPS


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(PlaynanoError, match="no step 'remove_plan'; did you mean 'remove_plane'"):
        STEPS["remove_plan"]
    with pytest.raises(PlaynanoError, match=r"^there is no reader 'zzz'$"):
        READERS["zzz"]


def test_the_registry_of_steps_is_found_by_its_entry_point() -> None:
    assert models("playnano.steps") is STEPS


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("drop_frame_range", {"start": 1}, "'end' is missing"),
        ("vertical_flip", {"axis": 1}, "'axis' is not a parameter of vertical_flip (it takes: none)"),
        ("gaussian_filter", {"sigma": "2"}, "sigma: input should be a valid number"),
    ],
)
def test_wrong_settings_are_refused_in_the_words_of_a_recipe(
    name: str, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        STEPS.make(name, settings)
    assert str(caught.value) == words


def test_every_alias_makes_the_format_it_stands_for() -> None:
    aliases = {alias: export for export in EXPORTS for alias in export.aliases}
    assert {alias: type(EXPORTS.make(alias, {})) for alias in aliases} == aliases
    assert aliases["hdf5"] is EXPORTS["h5"]


def test_an_alias_finds_the_format_it_stands_for() -> None:
    assert EXPORTS["ome-tiff"] is EXPORTS["tif"]


def test_packages_and_their_versions() -> None:
    assert STEPS.package("remove_plane") == "playnano"
    assert STEPS.version("remove_plane") == package_version("playnano")
    assert package_version("no-such-package") == "unknown"

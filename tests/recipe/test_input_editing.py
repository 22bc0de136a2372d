"""Edits of a recipe's input: what is said of it changes, and nothing else."""

import pytest

from playnano.recipe.input_editing import input_values, with_input

STEPS = "steps:\n  - step: remove_plane\n"
BLOCK = f"version: 1\ninput:\n  # the good one\n  channel: TP  # trace\n  unit: nm\n{STEPS}"


@pytest.mark.parametrize(
    ("text", "key", "value", "expected"),
    [
        (BLOCK, "channel", "PH", BLOCK.replace("TP", "PH")),
        (BLOCK, "unit", None, BLOCK.replace("  unit: nm\n", "")),
        (BLOCK, "pixel_size_nm", 2.5, BLOCK.replace("input:\n", "input:\n  pixel_size_nm: 2.5\n")),
        (f"version: 1\n# mine\n{STEPS}", "unit", "nm", f"version: 1\n# mine\ninput:\n  unit: nm\n\n{STEPS}"),
        (f"version: 1\ninput:\n{STEPS}", "unit", "nm", f"version: 1\ninput:\n  unit: nm\n{STEPS}"),
        (f"version: 1\n{STEPS}", "unit", None, None),
    ],
)
def test_one_setting_changes(text: str, key: str, value: object, expected: str | None) -> None:
    new = with_input(text, key, value)
    assert new == (expected if expected is not None else new)
    assert input_values(new).get(key) == value
    assert input_values(with_input(new, key, None)).get(key) is None


def test_an_input_on_one_line_is_written_anew() -> None:
    new = with_input(f"version: 1\ninput: {{channel: TP}}\n{STEPS}", "channel", ["TP", "PH"])
    assert input_values(new) == {"channel": ["TP", "PH"]}
    assert "remove_plane" in new

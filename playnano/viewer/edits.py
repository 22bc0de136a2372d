"""Edits of the recipe that the form asks for, and the recipe as the form shows it."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, get_args

from playnano.errors import PlaynanoError, RecipeError
from playnano.recipe import editing
from playnano.recipe.editing import Section
from playnano.recipe.input_editing import input_values, with_input

Edit = Mapping[str, Any]
SECTIONS: tuple[Section, ...] = get_args(Section)
EDITS: Mapping[str, Callable[[str, Section, Edit], str]] = {
    "add": lambda text, section, edit: editing.with_item(text, section, edit["position"], edit["value"]),
    "remove": lambda text, section, edit: editing.without_item(text, section, edit["position"]),
    "move": lambda text, section, edit: editing.with_item_moved(text, section, edit["position"], edit["to"]),
    "switch": lambda text, section, edit: editing.with_item_switched(
        text, section, edit["position"], is_off=edit["off"]
    ),
    "set": lambda text, section, edit: editing.with_setting(
        text, section, edit["position"], edit["key"], edit["value"]
    ),
}


def edited(body: Edit) -> dict[str, Any]:
    """The text after an edit, and its steps, measurements and exports with those switched off.

    Raises
    ------
    PlaynanoError
        For an edit that does not fit the text.
    """
    text, edit = body.get("text"), body.get("edit")
    if not isinstance(text, str):
        raise PlaynanoError("an edit needs the recipe's text")
    try:
        if edit is not None:
            text = _edited(text, edit)
        return {"text": text, **form(text)}
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise RecipeError("this edit does not fit the recipe") from error


def form(text: str) -> dict[str, Any]:
    """The input, steps, measurements and exports of a text, as the form shows them."""
    lists: dict[str, Any] = {
        section: [_card(item) for item in editing.items(text, section)] for section in SECTIONS
    }
    return {"input": input_values(text), **lists}


def _edited(text: str, edit: Edit) -> str:
    if edit["kind"] == "input":
        return with_input(text, edit["key"], edit["value"])
    if edit["kind"] == "inputs":
        return reduce(lambda changed, item: with_input(changed, *item), edit["values"].items(), text)
    return EDITS[edit["kind"]](text, _section(edit), edit)


def _section(edit: Edit) -> Section:
    return SECTIONS[SECTIONS.index(edit["section"])]


def _card(item: editing.Item) -> dict[str, Any]:
    return {"off": item.is_off, "value": item.value()}

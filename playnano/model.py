"""The base of all models of settings, numbers that carry units, and validation errors in plain words."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails


class Model(BaseModel):
    """Base model: frozen, strict types, unknown keys refused.

    The text under a field is its description in the JSON schema. It is read when a schema is made:
    Pydantic's own `use_attribute_docstrings` would read the source of every model at each start.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in _field_texts(cls).items():
            if name in properties:
                properties[name].setdefault("description", text)
        return schema


def _field_texts(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a model and its bases, by the field's name."""
    texts: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, Model):
            texts |= _module_texts(owner.__module__).get(owner.__qualname__, {})
    return texts


@cache
def _module_texts(module: str) -> Mapping[str, Mapping[str, str]]:
    """The texts under the fields of a module's classes, by the classes' qualified names."""
    import ast
    import inspect

    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):  # made at run time: there is no source
        return {}
    return {name: dict(_texts(body)) for name, body in _class_bodies(tree.body, "")}


def _class_bodies(body: Sequence[Any], prefix: str) -> Iterator[tuple[str, Sequence[Any]]]:
    import ast

    for node in body:
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node.body
            yield from _class_bodies(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield from _class_bodies(node.body, f"{prefix}{node.name}.<locals>.")


def _texts(body: Sequence[Any]) -> Iterator[tuple[str, str]]:
    import ast
    from inspect import cleandoc

    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, cleandoc(text)


@dataclass(frozen=True)
class Unit:
    """The unit of a number, shown in every schema and reference page."""

    symbol: str

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core)
        schema["unit"] = self.symbol
        return schema


LAYER_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"
FILE_NAME = r'^[^/\\:*?"<>|\x00-\x1f]+$'
PLACEHOLDERS = ("input", "channel")
"""What `{...}` may stand for in the name of the files."""
FRAME_SPAN = r"^-?\d*:-?\d*$"
FILE_SIZE = r"^([0-9]+(?:\.[0-9]+)?) ?(kB|MB|GB)$"
PATTERNS = {
    LAYER_NAME: "a name of letters, digits, '_', '-' and '.', at most 64, that begins with a letter or '_'",
    FILE_NAME: 'a file name: no folder, and none of : * ? " < > |',
    FILE_SIZE: "a size such as 10MB (kB, MB or GB)",
    FRAME_SPAN: "two frame numbers with a colon between them, such as 0:20",
}
"""What texts have to look like, and how to say so."""

Nm = Annotated[float, Unit("nm")]
Px = Annotated[float, Unit("px")]
Nm2 = Annotated[float, Unit("nm2")]
Pixels = Annotated[int, Unit("px")]
Seconds = Annotated[float, Unit("s")]
HeightUnit = Annotated[float, Unit("unit of the images, nm for heights")]

Names = Annotated[tuple[str, ...], Strict(False)]

Json = dict[str, Any]


def plain_words(faults: Sequence[ErrorDetails]) -> str:
    """The fault of one value; where no member of a union fits, the faults of the nearest ones."""
    nearest = [fault for fault in faults if not fault["type"].endswith(("_type", "literal_error"))] or faults
    texts = dict.fromkeys(_plain(fault) for fault in nearest)
    return " or ".join(
        text if index == 0 else text.removeprefix("input should be ") for index, text in enumerate(texts)
    )


def fault_texts(faults: Sequence[ErrorDetails], unknown: Callable[[str], str]) -> Iterator[str]:
    """What is wrong with a model's values, one text per field, in the words of a recipe.

    Parameters
    ----------
    unknown : callable
        What to say of a key that the model does not have.
    """
    by_field: dict[str, list[ErrorDetails]] = {}
    for fault in faults:
        by_field.setdefault(str(fault["loc"][0]) if fault["loc"] else "", []).append(fault)
    for field, own in by_field.items():
        if own[0]["type"] == "extra_forbidden":
            yield unknown(field)
        elif own[0]["type"] == "missing":
            yield f"'{field}' is missing"
        else:
            yield f"{field}: {plain_words(own)}".removeprefix(": ")


def _plain(fault: ErrorDetails) -> str:
    message, kind = fault["msg"], fault["type"]
    if kind == "string_pattern_mismatch":
        return f"input should be {PATTERNS.get(fault['ctx']['pattern'], fault['ctx']['pattern'])}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "input should be a mapping"
    if kind == "value_error":  # a rule of the model's own, which says all
        return str(fault["ctx"]["error"])
    message = message.replace("valid tuple", "list").replace("Tuple", "List").replace(" after validation", "")
    return message[:1].lower() + message[1:]

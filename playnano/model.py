"""What all models of settings share, and numbers that carry units."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Model(BaseModel):
    """Settings that cannot change once made, know all their keys and take no value for another."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        defer_build=True,
    )


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
Pixels = Annotated[int, Unit("px")]
Seconds = Annotated[float, Unit("s")]
HeightUnit = Annotated[float, Unit("unit of the images, nm for heights")]

Integers = Annotated[tuple[int, ...], Strict(False)]
Names = Annotated[tuple[str, ...], Strict(False)]

Json = dict[str, Any]

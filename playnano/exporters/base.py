"""What an export is: a frozen model whose fields are its settings and which writes one file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from playnano.errors import ExportError
from playnano.model import FILE_NAME, Model
from playnano.stack.stack import RAW, AFMImageStack


@dataclass(frozen=True)
class ExportNotes:
    """What an export has to say besides its file."""

    notes: tuple[str, ...] = ()
    """What the user should hear of: a scale bar that was shortened, blank frames left out of the z-range."""
    sidecars: Mapping[str, str] = field(default_factory=dict)
    """Texts to be written beside the file, by what is added to its name: `.provenance.json`."""


FACTS = (
    "heights",
    "pixel size",
    "times",
    "frame metadata",
    "channel",
    "unit",
    "layers",
    "masks",
    "provenance",
)
"""What there is to keep of a movie. Heights are kept where every float32 value and NaN comes back."""

FileStem = Annotated[str, Field(pattern=FILE_NAME, max_length=200)]


class Export(Model, ABC):
    """One file that a recipe writes."""

    extension: ClassVar[str]
    """Ending of the file's name, with its dot."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names of the format, accepted when read."""
    holds_layers: ClassVar[bool] = False
    """Whether layers and masks are stored beside the data."""
    preserves: ClassVar[tuple[str, ...]] = ()
    """Which of `FACTS` come back when the file is read again."""

    format: str
    """Which format this is."""
    raw: bool = False
    """Write the movie as it was read: all frames, no steps."""
    name: FileStem | None = None
    """Name of the file without its extension, in place of the usual one."""

    def check(self, stack: AFMImageStack) -> None:
        """Look at what is known before a frame is computed.

        Raises
        ------
        ExportError
            Where this format cannot hold the stack.
        """

    @abstractmethod
    def write(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes | None:
        """Write the stack to a path that does not exist; whoever calls moves it into place."""

    def keeps(self, layer: str) -> bool:
        """Whether the layer of this name goes into the file."""
        return False

    def file_name(self, stem: str, has_steps: bool) -> str:
        """`<stem>_filtered.<ext>`, `<stem>_raw.<ext>`, or `<stem>.<ext>` where there were no steps."""
        ending = "_raw" if self.raw else "_filtered" if has_steps else ""
        return f"{self.name or stem + ending}{self.extension}"

    def may_replace(self, path: Path) -> bool:
        """Whether what is there may be replaced, should the user ask for it."""
        return path.is_file()

    @classmethod
    def loses(cls) -> tuple[str, ...]:
        """Which of `FACTS` are gone."""
        return tuple(fact for fact in FACTS if fact not in cls.preserves)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        model = handler.resolve_ref_schema(schema)
        model.setdefault("required", []).insert(0, "format")
        if cls.aliases:
            model["properties"]["format"] = {
                "enum": [model["properties"]["format"].get("const"), *cls.aliases]
            }
        return schema


class BundleExport(Export):
    """A file that holds layers and masks beside the data."""

    holds_layers: ClassVar[bool] = True
    preserves: ClassVar[tuple[str, ...]] = FACTS

    layers: Literal["all", "none"] | Annotated[tuple[str, ...], Strict(False)] = "all"
    """Layers and masks to store: `all`, `none`, or a list of names (`raw`, `step_1_remove_plane`, ...)."""

    def keeps(self, layer: str) -> bool:
        return not self.raw and (self.layers == "all" or (self.layers != "none" and layer in self.layers))

    def check(self, stack: AFMImageStack) -> None:
        if isinstance(self.layers, tuple) and not self.raw:
            known = [RAW, *stack.processed, *stack.masks]
            missing = [name for name in self.layers if name not in known]
            if missing:
                raise ExportError(
                    f"there is no layer '{missing[0]}'; there will be: {', '.join(dict.fromkeys(known))}"
                )

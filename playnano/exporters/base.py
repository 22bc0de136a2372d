"""Base of exports: a frozen model whose fields are settings and which writes one file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal, final

from pydantic import Field, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from playnano.errors import ExportError
from playnano.exporters.measured_movies import measured_movies, not_of
from playnano.model import FILE_NAME, LAYER_NAME, Model
from playnano.stack.stack import RAW, AFMImageStack


@dataclass(frozen=True)
class ExportNotes:
    """What an export has to say besides its file."""

    notes: tuple[str, ...] = ()
    """Notes for the user: a scale bar that was shortened, blank frames left out of the z-range."""
    sidecars: Mapping[str, str] = field(default_factory=dict)
    """Sidecar files: suffix (`.provenance.json`) to text."""


FACTS = (
    "heights",
    "pixel size",
    "times",
    "frame metadata",
    "channel",
    "unit",
    "layers",
    "masks",
    "tables",
    "measured images",
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
    preserves: ClassVar[tuple[str, ...]] = ()
    """Which of `FACTS` come back when the file is read again."""
    writes_images: ClassVar[bool] = True
    """Whether it writes the images of a movie, and so takes `of`."""

    format: str
    """Which format this is."""
    raw: bool = False
    """Write the movie as it was read: all frames, no steps."""
    of: Annotated[str, Field(pattern=LAYER_NAME)] | None = None
    """Write the images of this measure in place of the result: a folder with a file for each of them."""
    name: FileStem | None = None
    """Name of the file without its extension, in place of the usual one."""

    @final
    def check(self, stack: AFMImageStack) -> None:
        """Look at what the header states, before a frame is computed.

        Raises
        ------
        ExportError
            Where this format cannot hold the stack.
        PlaynanoError
            For `raw` where the stack has steps but no raw layer.
        """
        for movie in self.movies(stack).values():
            self._check_names(movie)
            self.check_movie(movie)

    @final
    def write(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        """Write the stack, or with `raw` the stack as it was read, to a path that does not exist.

        Whoever calls moves the file into place when it is complete; `playnano.io` and the runner do.

        Raises
        ------
        ExportError
            Where this format cannot hold the stack.
        PlaynanoError
            For `raw` where the stack has steps but no raw layer.
        """
        self.check(stack)
        movies = self.movies(stack)
        if self.of is not None:
            return self._write_each(movies, path, threads)
        return self.write_movie(movies[""], path, threads) or ExportNotes()

    @final
    def movies(self, stack: AFMImageStack) -> Mapping[str, AFMImageStack]:
        """What is written of a stack, by name: all of it, the movie as it was read, or measured images.

        This is the only place that looks at `raw` and `of`; `check_movie` and `write_movie` get the right
        stack.

        Raises
        ------
        ExportError
            Where there are no images of that name.
        """
        if self.of is None:
            return {"": replace(stack.raw(), processed={}, masks={}) if self.raw else stack}
        if self.raw or not self.writes_images:
            what = "there is no raw movie of measured images" if self.raw else "this writes no images"
            raise ExportError(f"{what}; leave `of` out")
        return measured_movies(stack, self.of)

    def _write_each(self, movies: Mapping[str, AFMImageStack], path: Path, threads: int) -> ExportNotes:
        """A folder with a file for each movie, and its sidecar files."""
        path.mkdir()
        notes = [] if movies else [f"there are no images of '{self.of}': the folder is empty"]
        for name, movie in movies.items():
            file = path / f"{name}{self.file_ending()}"
            written = self.write_movie(movie, file, threads) or ExportNotes()
            notes += [f"{name}: {note}" for note in written.notes]
            for ending, text in written.sidecars.items():
                beside = file.with_name(file.name + ending)
                beside.write_text(text, encoding="utf-8", newline="\n")
        return ExportNotes(tuple(notes))

    def _check_names(self, stack: AFMImageStack) -> None:
        """Files, and parts of files, are named after layers and tables: `a/b` would be a part of a part."""
        layers = filter(self.keeps, (*stack.processed, *stack.masks))
        named = [*(("layer", name) for name in layers), *(("table", name) for name in stack.tables)]
        for what, name in [*named, *(("measured image", name) for name in stack.images)]:
            if name in ("", ".", "..") or not name.isprintable() or set(name) & set("/\\"):
                raise ExportError(f"the {what} {name!r} cannot be stored: give it a name without / and \\")

    def check_movie(self, stack: AFMImageStack) -> None:
        """Refuse a stack that this format cannot hold; subclasses override it.

        Parameters
        ----------
        stack : AFMImageStack
            What is to be written; its frames need not be computed yet.

        Raises
        ------
        ExportError
            With one line that says what the format lacks and which format has it.
        """

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse frames of a size that the settings do not fit; called where the size is known beforehand.

        Parameters
        ----------
        shape : (height, width)
            Size of the frames that are to be written, px.

        Raises
        ------
        PlaynanoError
            With one line that says what does not fit.
        """

    @abstractmethod
    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes | None:
        """Write the stack; subclasses implement it.

        Parameters
        ----------
        stack : AFMImageStack
            What is to be written: with `raw`, already the movie as it was read.
        path : Path
            Does not exist yet.
        threads : int
            Number of threads; the bytes must not depend on it.
        """

    def keeps(self, layer: str) -> bool:
        """Whether the layer of this name goes into the file; not called for a `raw` export."""
        return False

    def written_shape(self, shape: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
        """Height and width of what is written of frames of this shape; None where only the frames tell."""
        return shape

    def file_ending(self) -> str:
        """`extension`, or another one by the settings."""
        return self.extension

    def file_name(self, stem: str, has_steps: bool) -> str:
        """`<stem>_filtered.<ext>`, `<stem>_raw.<ext>`, or `<stem>.<ext>` where there were no steps."""
        ending = "_raw" if self.raw else "_filtered" if has_steps else ""
        base = self.name or stem.removesuffix(ending) + ending
        return f"{base}{self.file_ending()}" if self.of is None else f"{base}_{self.of}_{self.format}"

    @final
    def beside(self) -> tuple[str, ...]:
        """What is added to the name of what it writes for each file beside it; with `of`, they lie inside."""
        return self.sidecars() if self.of is None else ()

    @final
    def replaces(self, path: Path) -> bool:
        """Whether what stands at the path may be replaced with `overwrite`."""
        if self.of is None:
            return self.may_replace(path)
        is_folder = path.is_dir() and not path.is_symlink()
        return is_folder and not self.foreign(path) and all(map(self.may_replace, _folders_in(path)))

    @final
    def foreign(self, folder: Path) -> tuple[str, ...]:
        """Paths of the files in a folder that playnano did not write; none where it cannot be said."""
        if self.of is None:
            return self.foreign_in(folder)
        endings = [self.file_ending() + ending for ending in ("", *self.sidecars())]
        others = not_of(folder, self.of, endings)
        inner = [one for one in _folders_in(folder) if one.name not in others]
        return (*others, *(f"{one.name}/{name}" for one in inner for name in self.foreign_in(one)))

    def sidecars(self) -> tuple[str, ...]:
        """What is added to the file's name for each file that stands beside it."""
        return ()

    def may_replace(self, path: Path) -> bool:
        """Whether the present file may be replaced with `overwrite`."""
        return path.is_file()

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """The same for the folder of one movie, as `may_replace` is given; subclasses override it."""
        return ()

    @classmethod
    def loses(cls) -> tuple[str, ...]:
        """Which of `FACTS` are gone."""
        return tuple(fact for fact in FACTS if fact not in cls.preserves)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core, handler)
        model = handler.resolve_ref_schema(schema)
        model.setdefault("required", []).insert(0, "format")
        if cls.aliases:
            model["properties"]["format"] = {
                "enum": [model["properties"]["format"].get("const"), *cls.aliases]
            }
        return schema


def _folders_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir()]


class BundleExport(Export):
    """A file that holds layers and masks beside the data."""

    preserves: ClassVar[tuple[str, ...]] = FACTS

    layers: Literal["all", "none"] | Annotated[tuple[str, ...], Strict(False)] = "all"
    """Layers and masks to store: `all`, `none`, or a list of names (`raw`, `step_1_remove_plane`, ...)."""

    def keeps(self, layer: str) -> bool:
        return self.layers == "all" or (self.layers != "none" and layer in self.layers)

    def check_movie(self, stack: AFMImageStack) -> None:
        if isinstance(self.layers, tuple) and not self.raw:
            available = [RAW, *stack.processed, *stack.masks]
            missing = [name for name in self.layers if name not in available]
            if missing:
                raise ExportError(
                    f"there is no layer '{missing[0]}'; there will be: {', '.join(dict.fromkeys(available))}"
                )

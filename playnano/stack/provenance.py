"""How a stack was made: what was read, which steps were done, by what software."""

import json
from typing import Annotated

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, Strict, model_serializer

from playnano.errors import Flaw
from playnano.model import Json, Model
from playnano.stack.hashing import json_sha256


class _Entry(Model):
    """A part of the provenance. Keys of later versions are kept as they are."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=True)


class Source(_Entry):
    """The movie that was read."""

    name: str
    """File name, without its folder."""
    size: int | None = None
    """Size of the file, or of the files of a folder, in bytes."""
    files: int | None = None
    """Number of files read from a folder; left out for a single file."""
    sha256: str | None = None
    """SHA-256 of the file; of a folder, of the names and hashes of the files it was read from."""
    reader: str | None = None
    """Name of the reader that opened it."""
    channel: str
    """The channel that was read, as the file calls it; of two that were combined, both names."""
    overrides: Json = Field(default_factory=dict)
    """What the user said in place of the file: unit, pixel_size_nm, frame_interval_s, frames; two channels
    and `combine`."""
    warnings: Annotated[tuple[str, ...], Strict(False)] = ()
    """What the reader had to say, for example that frames are missing at the end."""
    missing_frames: int = 0
    """How many frames of the movie are missing: cut off at the end, or in files that cannot be read."""

    @model_serializer(mode="wrap")
    def _without_no_files(self, serialize: SerializerFunctionWrapHandler) -> Json:
        values: Json = serialize(self)
        return {key: value for key, value in values.items() if key != "files" or value is not None}


class Record(_Entry):
    """One step that was done."""

    index: int
    """Number of the step, from 1, over all runs."""
    name: str
    """Name of the step's layer: `step_1_remove_plane`, or the name the recipe gave it."""
    step: str
    """Name of the kind of step: `remove_plane`."""
    parameters: Json
    """Every parameter, those left at their default too."""
    revision: int
    """Raised when the same parameters give other numbers."""
    package: str
    """The package the step came from."""
    package_version: str
    """Its version."""
    measured: Json = Field(default_factory=dict)
    """What the step measured: one number for each frame under each name."""
    frames: Annotated[tuple[int, ...], Strict(False)] = ()
    """Numbers in the movie of the frames it was done on; empty where they are 0, 1, 2, ..."""
    unfitted: dict[str, Annotated[tuple[int, ...], Strict(False)]] = Field(default_factory=dict)
    """Frames that the step left as they were, for it had nothing to fit: why, and their numbers."""
    sha256: str | None = None
    """SHA-256 of the step's layer as little-endian float32 (a mask: one byte a pixel), frame after frame."""


class ColumnRecord(_Entry):
    """One column of a table."""

    name: str
    unit: str
    """Empty for a plain number."""
    description: str
    kind: str
    """`integer`, `number` or `flag`."""


class ImagesRecord(_Entry):
    """Images that a measure made."""

    name: str
    unit: str
    """Of the values; empty for plain numbers."""
    description: str
    shape: Annotated[tuple[int, ...], Strict(False)]
    axes: Annotated[tuple[ColumnRecord, ...], Strict(False)]
    """Axes, first to last."""
    note: str = ""
    """Notes for the user."""
    sha256: str
    """SHA-256 of axes, unit and values, as little-endian numbers."""


class TableRecord(_Entry):
    """One measurement that was made, and the table and images it gave."""

    name: str
    """Name of the table."""
    measure: str
    """Name of the kind of measure: `features`."""
    parameters: Json
    """Every parameter, those left at their default too."""
    revision: int
    """Raised when the same parameters give other numbers."""
    package: str
    """The package the measure came from."""
    package_version: str
    """Its version."""
    rows: int
    """Number of rows."""
    columns: Annotated[tuple[ColumnRecord, ...], Strict(False)]
    """Columns in order."""
    order: str = ""
    """What the rows are sorted by."""
    note: str = ""
    """What the user should hear of, for example why there are no rows."""
    sha256: str
    """SHA-256 of the columns' names, units and values, as little-endian 64-bit numbers or bytes."""
    images: Annotated[tuple[ImagesRecord, ...], Strict(False)] = ()
    """Images that it made."""


class Run(_Entry):
    """When and how it was done. The only part that differs between two runs of the same recipe."""

    started: str
    """UTC, ISO 8601."""
    finished: str | None = None
    """UTC, ISO 8601; when the last frame was computed."""
    command: Annotated[tuple[str, ...], Strict(False)] | None = None
    """The command line, where there was one."""
    outputs: Annotated[tuple[str, ...], Strict(False)] = ()
    """Names of the files written."""


class Contents(_Entry):
    """What a result held when it was written: by it, a reader sees what was changed since."""

    images: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of `data`, the `mask` in force and `raw`; those of other layers are in the records of steps."""
    parts: Annotated[tuple[str, ...], Strict(False)] | None = None
    """Names of the layers, masks, tables and measured images in an HDF5 or NPZ file."""
    facts: Json = Field(default_factory=dict)
    """Channel, unit and pixel sizes; SHA-256 of the metadata of frames."""
    provenance: str | None = None
    """SHA-256 of all else that the provenance says, as JSON with sorted keys and no blanks."""


class Provenance(_Entry):
    """How a stack was made. Grows, is never rewritten."""

    version: int = 1
    """Version of this layout."""
    input: Source | None = None
    """The movie that was read; None for a stack made from an array."""
    recipe: Json | None = None
    """The whole recipe with every default written out."""
    recipe_sha256: str | None = None
    """SHA-256 of the recipe as JSON with sorted keys and no blanks."""
    steps: Annotated[tuple[Record, ...], Strict(False)] = ()
    """The steps done since the input was read."""
    analysis: Annotated[tuple[TableRecord, ...], Strict(False)] = ()
    """The measurements made since the input was read."""
    images: str | None = None
    """Name of the images of `analysis` that the file holds in place of the result; else None."""
    frame_quality: dict[str, Annotated[tuple[int, ...], Strict(False)]] = Field(default_factory=dict)
    """Numbers in the movie of the frames that are `lost`, `partial` or `blank`; empty where all are good."""
    frame_oddities: dict[str, Annotated[tuple[int, ...], Strict(False)]] = Field(default_factory=dict)
    """Numbers in the movie of the frames that are `empty` or hold `undefined` pixels, `absurd` values or a
    stretch of `one value`."""
    frame_notes: Annotated[tuple[str, ...], Strict(False)] = ()
    """What the user was told of both."""
    run: Run | None = None
    software: dict[str, str] = Field(default_factory=dict)
    """Versions of playnano, of the plugins used, of Python and of the numerical libraries."""
    platform: str = ""
    """Operating system and machine."""
    contents: Contents = Field(default_factory=Contents)
    """What the file held when it was written."""
    altered: bool = Field(default=False, exclude=True)
    """Whether the text that it was read from is not the one that was written."""
    history: Annotated[tuple["Provenance", ...], Strict(False)] = ()
    """Provenance of the input where that was itself made by playnano, oldest first."""

    def all_steps(self) -> tuple[Record, ...]:
        """The steps of all runs, oldest first."""
        return tuple(record for past in self.history for record in past.steps) + self.steps

    def all_tables(self) -> dict[str, TableRecord]:
        """The tables of all runs by name; of those that share a name, the latest."""
        return {record.name: record for run in (*self.history, self) for record in run.analysis}

    def all_images(self) -> dict[str, tuple[TableRecord, ImagesRecord]]:
        """The measured images of all runs by name, each with the record of its measure."""
        records = [record for run in (*self.history, self) for record in run.analysis]
        return {images.name: (record, images) for record in records for images in record.images}

    def next_index(self) -> int:
        """Number of the step that comes next."""
        return max((record.index for record in self.all_steps()), default=0) + 1

    def with_step(self, record: Record) -> "Provenance":
        """The provenance with one more step; before the first one, the data become the raw layer."""
        data = self.contents.images.get("data")
        contents = self.contents
        if data is not None and not self.all_steps():
            contents = Contents(images={"raw": data})
        return self.model_copy(update={"steps": (*self.steps, record), "contents": contents})

    def reread(self, source: Source) -> "Provenance":
        """The provenance of a stack read back from a file: what was is now history."""
        past = self.model_copy(update={"history": ()})
        return Provenance(input=source, history=(*self.history, past))

    def before_steps(self) -> "Provenance":
        """The provenance of the raw layer: that of the first run that did steps, without them."""
        runs = (*self.history, self)
        first = next((index for index, run in enumerate(runs) if run.steps), len(runs) - 1)
        made = runs[first].recipe
        recipe = None
        if made is not None:
            nothing: Json = {key: [] for key in ("steps", "analysis") if key in made}
            recipe = made | nothing
        sha256 = None if recipe is None else json_sha256(recipe)
        origin: Json = {"recipe": recipe, "recipe_sha256": sha256, "history": runs[:first]}
        raw = runs[first].contents.images.get("raw")
        contents = Contents(images={} if raw is None else {"data": raw})
        update: Json = {"steps": (), "analysis": (), "images": None, "contents": contents, **origin}
        return runs[first].model_copy(update=update)

    def unfitted_frames(self) -> tuple[Flaw, ...]:
        """A line on the frames that steps left as they were, one for each reason."""
        steps: dict[tuple[str, tuple[int, ...]], list[str]] = {}
        for record in self.steps:
            for reason, frames in record.unfitted.items():
                steps.setdefault((reason, frames), []).append(record.step)
        return tuple(Flaw(_unfitted(*key, names)) for key, names in steps.items())

    def to_json(self) -> str:
        """JSON text that `from_json` reads back to an equal provenance."""
        return self.model_dump_json(exclude_none=False)

    @classmethod
    def from_json(cls, text: str) -> "Provenance":
        """Read what `to_json` wrote. Plugins named in it need not be there."""
        return cls.from_document(json.loads(text))

    @classmethod
    def from_document(cls, document: Json) -> "Provenance":
        """Read the JSON object that `to_json` wrote."""
        made = cls.model_validate(document)
        checksum = made.contents.provenance
        return made.model_copy(update={"altered": checksum not in (None, checksum_of(document))})


def checksum_of(document: Json) -> str:
    """SHA-256 of all that the JSON of a provenance says besides this checksum."""
    contents = {**document.get("contents", {}), "provenance": None}
    return json_sha256({**document, "contents": contents})


def _unfitted(reason: str, frames: tuple[int, ...], steps: list[str]) -> str:
    numbers = ", ".join(map(str, frames[:10])) + (", ..." if len(frames) > 10 else "")
    stayed = f"frame {numbers} stays as it is" if len(frames) == 1 else f"frames {numbers} stay as they are"
    return f"{stayed} in {', '.join(dict.fromkeys(steps))}: {reason} ({len(frames)} in all)"

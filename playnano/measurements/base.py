"""What a measure is: a frozen model whose fields are its parameters, and which makes a table."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from playnano.errors import MeasureError, did_you_mean
from playnano.model import LAYER_NAME, Model
from playnano.registry import package_version
from playnano.stack.frames import Image, Mask
from playnano.stack.measured_images import FRAME, MeasuredImages
from playnano.stack.provenance import ColumnRecord, ImagesRecord, TableRecord
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

TableName = Annotated[str, Field(pattern=LAYER_NAME)]
FRAME_COLUMNS = (
    Column("frame", "", FRAME.description, "integer"),
    Column("time_s", "s", "Time of the frame from that of the first; empty where the movie states none"),
)
NO_MASK = (
    "there is no mask: add a step that makes one, such as mask_threshold, or name a mask layer with `mask`"
)


@dataclass(frozen=True)
class MovieFrame:
    """One frame as a measure sees it."""

    index: int
    """Place in the movie that is measured."""
    image: Image
    mask: Mask | None
    """The mask that is measured: the layer named by `mask`, or the mask in force."""
    pixel_nm: tuple[float, float]
    """Pixel size (y, x) in nm; NaN where it is unknown."""
    time_s: float


class Measure(Model, ABC):
    """One measurement of a recipe.

    Subclass `FrameMeasure`, `TableMeasure`, `StackMeasure` or `ImageMeasure`, not this.
    """

    revision: ClassVar[int] = 1
    """Raised when the same parameters give other numbers."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Columns that the tables it takes must have."""
    needs_pixel_size: ClassVar[bool] = True
    """Whether it cannot be made without the pixel size."""
    needs_mask: ClassVar[bool] = False
    """Whether it cannot be made without a mask."""
    order: ClassVar[str] = "frame"
    """What the rows are sorted by."""
    nothing: ClassVar[str] = "there was nothing to measure"
    """What a table without rows says of it."""

    measure: str
    """Which measure this is."""
    name: TableName | None = Field(default=None)
    """Name of the table; that of the measure unless given."""

    @property
    def table_name(self) -> str:
        """Name of the table this measure makes."""
        return self.name or self.measure

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of all tables it takes, the one that is measured first."""
        return ()

    @abstractmethod
    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        """The columns of the table, known before anything is measured.

        Parameters
        ----------
        unit : str
            Unit of the images.
        of : sequence of Column
            Columns of the table that is measured, where it takes one.
        """

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        """The stack with this measure's table among its `tables`.

        Raises
        ------
        MeasureError
            Where the movie lacks what the measure needs.
        """
        from playnano.measurements.measuring import measured

        return measured(stack, (self,))

    def needs_times(self) -> bool:
        """Whether it cannot be made without the times of the frames."""
        return False

    def remark(self, table: Table) -> str:
        """What the user should hear of a finished table."""
        return "" if len(table) or not table.columns else f"no rows: {self.nothing}"

    def record(self, table: Table, images: Mapping[str, MeasuredImages]) -> TableRecord:
        """What the provenance will say of this measure."""
        package = type(self).__module__.split(".")[0]
        return TableRecord(
            name=self.table_name,
            measure=self.measure,
            parameters=self.model_dump(mode="json", exclude={"measure", "name"}),
            revision=self.revision,
            package=package,
            package_version=package_version(package),
            rows=len(table),
            columns=tuple(ColumnRecord(**column.plain()) for column in table.columns),
            order=table.order,
            note=table.note,
            sha256=table.sha256(),
            images=tuple(_images_record(name, one) for name, one in images.items()),
        )

    @final
    def finished(self, rows: Rows, columns: Sequence[Column]) -> Table:
        """The table of these rows, with its note."""
        table = Table.of(columns, rows, self.order)
        return Table(table.columns, table.values, self.order, self.remark(table))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core, handler)
        handler.resolve_ref_schema(schema).setdefault("required", []).insert(0, "measure")
        return schema


class FrameMeasure(Measure):
    """A measure that sees one frame at a time; the rows of a frame do not depend on the others."""

    @abstractmethod
    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        """The columns after `frame` and `time_s`."""

    @abstractmethod
    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        """The rows of one frame, without `frame` and `time_s`.

        Parameters
        ----------
        frame : MovieFrame
            Not to be written to.
        unit : str
            Unit of the images, for the names of columns.
        """

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        """`frame` and `time_s`, then the measure's own columns."""
        return (*FRAME_COLUMNS, *self.frame_columns(unit))

    @final
    def frame_rows(self, frame: MovieFrame, number: int, unit: str) -> Rows:
        """The rows of one frame with its number in the movie as it was read, and its time."""
        own = dict(self.rows(frame, unit))
        count = len(next(iter(own.values())))
        return {"frame": np.full(count, number), "time_s": np.full(count, frame.time_s), **own}


class OfTable(Model):
    """The field of measures that take a table."""

    of: TableName
    """Name of the table that is measured; it stands before this one."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.of,)


class TableMeasure(OfTable, Measure):
    """A measure that makes a table of another one."""

    needs_pixel_size: ClassVar[bool] = False

    @abstractmethod
    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        """The rows of the new table.

        Parameters
        ----------
        table : Table
            The table named by `of`.
        stack : AFMImageStack
            The movie, for its times and pixel sizes.
        """


class StackMeasure(Measure):
    """A measure that may look at any frame, as often as it likes."""

    @abstractmethod
    def rows(self, stack: AFMImageStack, threads: int = 1) -> Rows:
        """The rows of the table; they must not depend on the number of threads."""


@dataclass(frozen=True)
class MeasuredResult:
    """What an `ImageMeasure` gives."""

    images: Mapping[str, MeasuredImages]
    """By what is added to the measure's name; nothing for the only one."""
    rows: Rows = field(default_factory=dict)
    """Of its table; none where it has no `columns`."""


class ImageMeasure(Measure):
    """A measure that makes images with axes, and a table beside them where it has `columns`."""

    makes_movies: ClassVar[bool] = True
    """Whether its images show the sample, so that exports can write them with `of`."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        """None, unless a subclass makes a table too."""
        return ()

    @abstractmethod
    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        """The images, and rows; they must not depend on the number of threads.

        Parameters
        ----------
        stack : AFMImageStack
            The movie; its `tables` hold those that the measure takes.
        """

    def image_name(self, suffix: str) -> str:
        """Name of one of its images."""
        return f"{self.table_name}_{suffix}" if suffix else self.table_name


class Masked(Model):
    """The field of measures that look at what a mask marks."""

    mask: TableName | None = None
    """Name of the mask layer to measure; default: the mask in force."""


def _images_record(name: str, images: MeasuredImages) -> ImagesRecord:
    return ImagesRecord(
        name=name,
        unit=images.unit,
        description=images.description,
        shape=images.shape,
        axes=tuple(ColumnRecord(**axis.column.plain()) for axis in images.axes),
        note=images.note,
        sha256=images.sha256(),
    )


def heights_column(what: str, unit: str, description: str) -> Column:
    """A column of heights, its unit in its name: `height_max_nm`, or `height_max_V` for a movie in V."""
    from playnano.stack.tables import unit_suffix

    return Column(f"{what}_{unit_suffix(unit)}", unit, description)


def pixel_nm(stack: AFMImageStack, index: int) -> tuple[float, float]:
    """Pixel size (y, x) of one frame in nm: some movies change it on the way. NaN where it is unknown."""
    x, y = stack.pixel_size_nm or np.nan, stack.pixel_size_y_nm or stack.pixel_size_nm or np.nan
    own = stack.frame_metadata[index].get("frame_pixel_size_nm") if stack.frame_metadata else None
    if isinstance(own, bool) or not isinstance(own, int | float) or own <= 0 or not np.isfinite(x):
        return y, x
    return (y * own / x, float(own)) if own != x else (y, x)


def named_table(name: str, tables: Mapping[str, object], what: str = "table") -> None:
    """Refuse the name of a table that is not there.

    Raises
    ------
    MeasureError
        With the names of those that are.
    """
    if name not in tables:
        choices = f" (tables so far: {', '.join(tables)})" if tables else "; no measure precedes this one"
        raise MeasureError(f"there is no {what} '{name}'{did_you_mean(name, tuple(tables))}{choices}")


HeightStatistic = Literal["max", "mean", "median"]
Floats = NDArray[np.float64]

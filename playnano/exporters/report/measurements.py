"""What was measured, on the page of a report: each table in numbers, measured images as thumbnails."""

import json
from collections.abc import Iterator

import numpy as np

from playnano.exporters.report.markup import escaped, number, section, table
from playnano.exporters.report.thumbnails import thumbnail
from playnano.rendering.colormaps import Colours8
from playnano.rendering.zrange import frame_range
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.provenance import TableRecord
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Table, Values

MOST_TABLES = 20
MOST_ROWS = 10
MOST_IMAGES = 12


def measurements(stack: AFMImageStack, colours: Colours8) -> str:
    """The sections of tables and images; nothing where nothing was measured."""
    return _tables(stack) + _images(stack, colours)


def _tables(stack: AFMImageStack) -> str:
    records = stack.provenance.all_tables()
    shown = list(stack.tables.items())[:MOST_TABLES]
    parts = [_table(name, one, records.get(name)) for name, one in shown]
    left_out = len(stack.tables) - len(shown)
    note = "How the numbers of each column are spread; csv and h5 have all rows."
    note += f" {left_out} more tables are not shown." if left_out else ""
    return section("Measurements", "".join(parts), note) if parts else ""


def _table(name: str, rows: Table, record: TableRecord | None) -> str:
    made = "" if record is None else f"{record.measure} ({_parameters(record)})"
    count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    text = " \N{MIDDLE DOT} ".join(filter(None, (made, count, rows.note)))
    ranges = [_range(column, rows.column(column.name)) for column in rows.columns] if len(rows) else []
    head = ("column", "unit", "least", "5 %", "median", "95 %", "greatest", "meaning")
    summary = table(head, ranges) if ranges else ""
    return f"<h3>{escaped(name)}</h3><p>{escaped(text)}</p>{summary}{_first_rows(rows)}"


def _parameters(record: TableRecord) -> str:
    chosen = {key: value for key, value in record.parameters.items() if value is not None}
    return ", ".join(
        f"{key} = {value if isinstance(value, str) else json.dumps(value)}" for key, value in chosen.items()
    )


def _range(column: Column, values: Values) -> tuple[str, ...]:
    head = (f"<code>{escaped(column.name)}</code>", escaped(column.unit))
    if column.kind == "flag":
        return (
            *head,
            "",
            "",
            f"{int(values.sum()):,} of {len(values):,}",
            "",
            "",
            escaped(column.description),
        )
    finite = values[np.isfinite(values)].astype(np.float64)
    quantiles = np.percentile(finite, [0, 5, 50, 95, 100]).tolist() if len(finite) else []
    cells = [number(value) for value in quantiles] or [""] * 5
    return (*head, *cells, escaped(column.description))


def _first_rows(rows: Table) -> str:
    if not len(rows):
        return ""
    first = rows.select(np.arange(min(MOST_ROWS, len(rows))))
    cells = [[_cell(value) for value in first.column(name).tolist()] for name in first.names]
    body = table(first.names, list(zip(*cells, strict=True)))
    title = f"First {len(first)} rows, sorted by {escaped(rows.order)}"
    return f"<details><summary>{title}</summary>{body}</details>"


def _cell(value: float | int | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    return number(value) if np.isfinite(value) else ""


def _images(stack: AFMImageStack, colours: Colours8) -> str:
    shown = list(stack.images.items())[:MOST_IMAGES]
    figures = "".join(_thumbnails(shown, colours))
    note = "Each in its own colour range; of a movie, its middle frame. plots draws them with their axes."
    left_out = len(stack.images) - len(shown)
    note += f" {left_out} more are not shown." if left_out else ""
    return section("Measured images", f'<div class="frames">{figures}</div>', note) if figures else ""


def _thumbnails(images: list[tuple[str, MeasuredImages]], colours: Colours8) -> Iterator[str]:
    for name, one in images:
        image = np.asarray(one.values[one.shape[0] // 2] if len(one.shape) == 3 else one, np.float64)
        picture = thumbnail(image, frame_range(image, "auto", "auto"), colours)
        axes = ", ".join(f"{axis.name} {len(axis.values)}" for axis in one.axes)
        text = " \N{MIDDLE DOT} ".join(filter(None, (one.description, axes, one.unit, one.note)))
        yield (
            f"<figure><figcaption><h3>{escaped(name)}</h3><span>{escaped(text)}</span></figcaption>"
            f'<img src="{picture}" alt="{escaped(name)}"></figure>'
        )

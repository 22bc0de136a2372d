"""The JSON schemas, and the reference pages of steps and formats, from the classes themselves."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from playnano.exporters import EXPORTS
from playnano.exporters.base import FACTS
from playnano.measurements import MEASURES, Measure
from playnano.model import Json, Model
from playnano.readers import READERS
from playnano.readers.base import Reader
from playnano.recipe.yamltext import dump
from playnano.reference.markdown import cell
from playnano.reference.parameters import Parameter, parameters
from playnano.registry import Models, model_name
from playnano.stack.tables import Column
from playnano.steps import STEPS

_WRITTEN = """
Where a folder is listed, the files of one kind in it form a movie, sorted by time.

## Written

Every export also takes `raw` (write the unprocessed movie: all frames, no steps), `name` (the file name
without extension, instead of the default) and, where it writes images, `of` (write the images of this
measure, such as `crops`, in place of the result: a folder with a file for each).

What is preserved when the file is read again; for heights, every value and every NaN:
"""


def steps_page() -> str:
    """Markdown of every built-in step."""
    introduction = [
        "# Steps",
        "",
        "Steps are applied in the order of the recipe. Any step may have a `name`, which names its",
        "layer or mask instead of `step_<n>_<step>`. `playnano steps NAME` prints the same in a terminal.",
        "",
        *_contents(model_name(step, STEPS.key) for step in STEPS.without_plugins()),
    ]
    return "\n".join([*introduction, *(_section(STEPS, step) for step in STEPS.without_plugins())])


def measures_page() -> str:
    """Markdown of every built-in measure, with the columns of its table."""
    measures = MEASURES.without_plugins()
    introduction = [
        "# Measures",
        "",
        "A measure makes a table, which stands among the others under its `name`, or under that of the",
        "measure where the recipe gives none. Columns are shown for heights in nm; for a movie in V,",
        "`height_max_nm` is `height_max_V`. `playnano measures NAME` says the same in a terminal.",
        "",
        *_contents(model_name(measure, MEASURES.key) for measure in measures),
    ]
    return "\n".join([*introduction, *(_measure_section(measures, measure) for measure in measures)])


def _measure_section(models: Models[Any], measure: type[Measure]) -> str:
    return "\n".join([_section(models, measure), *_column_table(measure), ""])


def _column_table(measure: type[Measure]) -> Iterator[str]:
    example = example_measure(measure)
    columns = example.columns("nm", columns_of_example(example))
    if not columns:
        yield "It makes images and no table."
        return
    yield f"Rows are sorted by {measure.order}."
    yield ""
    yield from ("| column | unit | meaning |", "| --- | --- | --- |")
    for column in columns:
        yield f"| `{column.name}` | {column.unit or '-'} | {cell(column.description)} |"


def formats_page() -> str:
    """Markdown of every built-in reader and export."""
    readers = [READERS[name] for name in READERS.builtins]
    lines = ["# Formats", "", "## Read", ""]
    lines += ["| reader | files | what it is | what is kept | what is lost |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [_reader_row(reader) for reader in readers]
    lines += [_WRITTEN, *_kept_table(), ""]
    sections = [_section(EXPORTS, export) for export in EXPORTS.without_plugins()]
    return "\n".join([*lines, *sections])


def _contents(names: Iterable[str]) -> Iterator[str]:
    yield " · ".join(f"[{name}](#{name})" for name in names)
    yield ""


def _reader_row(reader: Reader) -> str:
    files = " ".join(f"`{suffix}`" for suffix in reader.endings())
    files += " or a folder of them" if reader.folders else ""
    texts = (reader.description, reader.keeps, reader.loses)
    return f"| `{reader.name}` | {files} | {' | '.join(cell(text) for text in texts)} |"


def _kept_table() -> Iterator[str]:
    yield f"| format | {' | '.join(FACTS)} |"
    yield f"| --- |{' --- |' * len(FACTS)}"
    for export in EXPORTS.without_plugins():
        name = model_name(export, EXPORTS.key)
        marks = ["yes" if fact in export.preserves else "-" for fact in FACTS]
        yield f"| [{name}](#{name}) | {' | '.join(marks)} |"


def _section(models: Models[Any], model: type[Model]) -> str:
    name = model_name(model, models.key)
    everywhere = ("raw", "of") if models.key == EXPORTS.key else ()
    settings = [parameter for parameter in parameters(model) if parameter.name not in everywhere]
    lines = [f"## {name}", "", inspect.cleandoc(model.__doc__ or ""), ""]
    aliases = getattr(model, "aliases", ())
    if aliases:
        lines += [f"Also called {', '.join(f'`{alias}`' for alias in aliases)}.", ""]
    lines += _table(settings)
    lines += _measured(model)
    lines += ["```yaml", dump([_example(models.key, name, settings)]).rstrip(), "```", ""]
    return "\n".join(lines)


def _example(key: str, name: str, settings: list[Parameter]) -> Json:
    return {key: name, **{p.name: p.example for p in settings if p.example is not None}}


def _table(settings: list[Parameter]) -> Iterator[str]:
    if settings:
        yield from ("| parameter | type | default | meaning |", "| --- | --- | --- | --- |")
        for p in settings:
            yield f"| `{p.name}` | {cell(p.kind)} | {cell(p.default)} | {cell(p.description)} |"
        yield ""


def _measured(model: type[Model]) -> Iterator[str]:
    columns = getattr(model, "measures", ())
    if columns:
        yield from ("| measured on every frame | unit | meaning |", "| --- | --- | --- |")
        yield from (f"| `{c.name}` | {cell(c.unit)} | {cell(c.description)} |" for c in columns)
        yield ""


def example_measure(measure: type[Measure]) -> Measure:
    """A measure with the parameters that its page shows."""
    example = {p.name: p.example for p in parameters(measure) if p.example is not None}
    return measure.model_validate({MEASURES.key: model_name(measure, MEASURES.key), **example})


def columns_of_example(measure: Measure) -> tuple[Column, ...]:
    """Columns of the table that an example measures; none for a measure of frames."""
    if not measure.sources:
        return ()
    source = example_measure(MEASURES[measure.sources[0]])
    return source.columns("nm", columns_of_example(source))

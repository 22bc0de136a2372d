"""`playnano steps`: what can be done to a movie."""

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playnano.cli.output import first_line, paragraph, show, table

if TYPE_CHECKING:
    from playnano.exporters import Export
    from playnano.measurements import Measure
    from playnano.steps import Step

EXAMPLES = """\
playnano steps
playnano steps gaussian_filter"""


def _names(incomplete: str) -> list[str]:
    from playnano.steps import STEPS

    return [name for name in STEPS.names if name.startswith(incomplete)]


def steps(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Describe this step in detail.", autocompletion=_names),
    ] = None,
) -> None:
    """List the steps, or describe one step in detail.

    For one step: what it does and by which method, its parameters with units,
    limits and defaults, and an example.
    """
    from playnano.steps import STEPS

    if name is None:
        show(list(table([(key, first_line(STEPS[key].__doc__)) for key in STEPS.names])))
        show(set_aside(STEPS.set_aside))
    else:
        show(described(STEPS[STEPS.canonical(name)], "step"))


def set_aside(plugins: Mapping[str, str]) -> Iterator[str]:
    """Plugins that cannot be used, and why."""
    if plugins:
        yield "\nset aside"
        yield from table([(label, reason) for label, reason in plugins.items()], indent=2)


def described(model: "type[Step | Measure | Export]", key: str) -> Iterator[str]:
    """All of a step or an export: what it does, its parameters, an example."""
    from playnano.reference.parameters import parameters

    settings = parameters(model)
    yield str(model.model_fields[key].default)
    yield from prose(model.__doc__ or "")
    yield "\nparameters" if settings else "\nparameters: none"
    for parameter in settings:
        default = parameter.default if parameter.default == "required" else f"default {parameter.default}"
        yield from table([(parameter.name, f"{parameter.kind}; {default}")], indent=2)
        yield paragraph(parameter.description, indent=6)
    columns = getattr(model, "measures", ())
    if columns:
        yield "\nmeasured on every frame"
        yield from table([(c.name, f"{c.description} ({c.unit})") for c in columns], indent=2)
    if key == "step":
        yield "  Any step also takes a name, which then names its layer or mask."
    if key == "measure":
        yield "  Any measure also takes a name, which then names its table."
    yield "\nexample"
    example = {p.name: p.example for p in settings if p.example is not None}
    yield from (f"  {line}" for line in _example(model, key, example).splitlines())


def prose(documentation: str) -> Iterator[str]:
    """A docstring's paragraphs, wrapped; a section's underlined heading becomes a line of its own."""
    for block in inspect.cleandoc(documentation).split("\n\n"):
        lines = block.splitlines()
        yield ""
        if len(lines) > 1 and set(lines[1].strip()) == {"-"}:
            yield f"  {lines[0].lower()}"
            lines = lines[2:]
        yield paragraph(" ".join(line.strip() for line in lines), indent=2)


def _example(model: "type[Step | Measure | Export]", key: str, example: dict[str, Any]) -> str:
    from playnano.recipe.yamltext import dump

    return dump([{key: model.model_fields[key].default, **example}])

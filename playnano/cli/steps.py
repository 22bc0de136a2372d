"""`playnano steps`: what can be done to a movie."""

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playnano.cli.output import first_line, paragraph, show, table

if TYPE_CHECKING:
    from playnano.steps import Step

EXAMPLES = """\
playnano steps
playnano steps gaussian_filter"""


def _names(incomplete: str) -> list[str]:
    from playnano.steps import STEPS

    return [name for name in STEPS.names if name.startswith(incomplete)]


def steps(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Tell all of one step.", autocompletion=_names)
    ] = None,
) -> None:
    """List the steps, or tell all of one.

    Of one: what it does and by which method, its parameters with their units,
    limits and defaults, and an example.
    """
    from playnano.steps import STEPS

    if name is None:
        show(list(table([(known, first_line(STEPS[known].__doc__)) for known in STEPS.names])))
        show(set_aside(STEPS.set_aside))
    else:
        show(_described(STEPS[STEPS.canonical(name)]))


def set_aside(plugins: Mapping[str, str]) -> Iterator[str]:
    """Plugins that cannot be used, and why."""
    if plugins:
        yield "\nset aside"
        yield from table([(label, reason) for label, reason in plugins.items()], indent=2)


def _described(step: "type[Step]") -> Iterator[str]:
    from playnano.parameters import parameters

    known = parameters(step)
    yield str(step.model_fields["step"].default)
    yield from prose(step.__doc__ or "")
    yield "\nparameters" if known else "\nparameters: none"
    for parameter in known:
        default = parameter.default if parameter.default == "required" else f"default {parameter.default}"
        yield from table([(parameter.name, f"{parameter.kind}; {default}")], indent=2)
        yield paragraph(parameter.description, indent=6)
    yield "  Any step also takes a name, which then names its layer or mask."
    yield "\nexample"
    yield from (f"  {line}" for line in _example(step, {p.name: p.example for p in known}).splitlines())


def prose(documentation: str) -> Iterator[str]:
    """A docstring's paragraphs, wrapped; a section's underlined heading becomes a line of its own."""
    for block in inspect.cleandoc(documentation).split("\n\n"):
        lines = block.splitlines()
        yield ""
        if len(lines) > 1 and set(lines[1].strip()) == {"-"}:
            yield f"  {lines[0].lower()}"
            lines = lines[2:]
        yield paragraph(" ".join(line.strip() for line in lines), indent=2)


def _example(step: "type[Step]", values: dict[str, Any]) -> str:
    from playnano.yamltext import dump

    given = {name: value for name, value in values.items() if value is not None}
    return dump([{"step": step.model_fields["step"].default, **given}])

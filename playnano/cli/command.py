"""How the help of a command reads, and which flags its errors name."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import typer
from typer.core import TyperCommand

from playnano.cli.argv import before_separator
from playnano.cli.output import UsageError, report_error
from playnano.errors import PlaynanoError

_FLAGS: ContextVar[Mapping[str, str]] = ContextVar("flags of the running command")


class Command(TyperCommand):
    """A command whose help shows its arguments as they are typed, without Python's types."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; an error names the flags that mend it."""
        before = _FLAGS.set(self.flags())
        try:
            return super().invoke(ctx)
        except PlaynanoError as error:
            report_error(with_flags_named(error))
            raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None
        finally:
            _FLAGS.reset(before)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the command line; a flag of which only the last value would count is given once."""
        flags = [word.partition("=")[0] for word in before_separator(args)]
        for option in self.params:
            single = option.param_type_name == "option" and not (option.multiple or option.is_flag)  # type: ignore[attr-defined]
            if single and sum(flag in option.opts for flag in flags) > 1:
                raise UsageError(
                    f"{max(option.opts, key=len)} is there twice: one of its values would be lost"
                )
        return super().parse_args(ctx, args)

    def flags(self) -> dict[str, str]:
        """The flag of each setting: `--overwrite` of `overwrite`, `--no-scale-bar` of `scale_bar`."""
        options = [param for param in self.params if param.param_type_name == "option"]
        return {str(option.name).removeprefix("no_"): max(option.opts, key=len) for option in options}

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """`[OPTIONS] RECIPE [INPUT]...`."""
        return ["[OPTIONS]", *(name for name, _ in self.arguments(ctx))]

    def arguments(self, ctx: typer.Context) -> list[tuple[str, str]]:
        """Each argument as it is typed, and its purpose."""
        params = [param for param in self.get_params(ctx) if param.param_type_name == "argument"]
        return [(str(param.metavar or param.name), getattr(param, "help", None) or "") for param in params]

    def options(self, ctx: typer.Context) -> list[tuple[str, str]]:
        """Each option with its value, and its purpose."""
        params = [param for param in self.get_params(ctx) if param.param_type_name == "option"]
        return [record for param in params if (record := param.get_help_record(ctx)) is not None]

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the lists of arguments and options."""
        for heading, rows in (("Arguments", self.arguments(ctx)), ("Options", self.options(ctx))):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the examples."""
        write_examples(self.epilog, formatter)


def with_flags_named(error: PlaynanoError) -> str:
    """The message of an error, with those flags of the running command that mend it."""
    flags = _FLAGS.get({})
    named = ", ".join(flags[setting] for setting in error.settings if setting in flags)
    return f"{error} ({named})" if named else str(error)


def write_examples(examples: str | None, formatter: Any) -> None:
    """Write lines as they are: an example that is wrapped cannot be copied."""
    if examples:
        with formatter.section("Examples"):
            formatter.write("".join(f"  {line}\n" for line in examples.splitlines()))

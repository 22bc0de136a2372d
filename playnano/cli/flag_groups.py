"""Flags that belong together as one parameter of a command."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from playnano.cli.flags import Channel, Combine, FrameIntervalS, PixelSizeNm, Reader, Strict, Unit

Command = Callable[..., None]


def grouped(command: Command) -> Command:
    """A command whose parameters of a dataclass are, on the command line, the fields of that dataclass."""
    groups: dict[str, Any] = {
        name: kind for name, kind in command.__annotations__.items() if is_dataclass(kind)
    }

    @wraps(command)
    def with_groups(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{flag.name: values.pop(flag.name) for flag in fields(group)})
        command(**values)

    flags = [
        flag
        for parameter in signature(command).parameters.values()
        for flag in (_flags(groups[parameter.name]) if parameter.name in groups else [parameter])
    ]
    vars(with_groups)["__signature__"] = signature(command).replace(parameters=flags)
    with_groups.__annotations__ = {flag.name: flag.annotation for flag in flags} | {"return": None}
    return with_groups


def _flags(group: Any) -> list[Parameter]:
    return [
        Parameter(flag.name, Parameter.KEYWORD_ONLY, default=flag.default, annotation=flag.type)
        for flag in fields(group)
    ]


@dataclass(frozen=True)
class InputFlags:
    """The keys of the recipe's `input` that have a flag."""

    channel: Channel = None
    combine: Combine = None
    reader: Reader = None
    unit: Unit = None
    pixel_size_nm: PixelSizeNm = None
    frame_interval_s: FrameIntervalS = None
    strict: Strict = False

    def settings(self) -> dict[str, Any]:
        """What the flags say of `input`; None = not given. Pixel size and interval are still text."""
        return {
            "channel": self.channels(),
            "combine": self.combine,
            "reader": self.reader,
            "unit": self.unit,
            "strict": self.strict or None,
        }

    def channels(self) -> str | list[str] | None:
        """The recipe's `channel`: with `--combine`, what stands between the commas of `--channel`."""
        if self.channel is None or self.combine is None or "," not in self.channel:
            return self.channel
        return [name.strip() for name in self.channel.split(",")]

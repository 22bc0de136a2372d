"""`playnano info`: what is in a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from playnano.cli.flags import Channel, Combine, Reader, Unit
from playnano.cli.output import paragraph, plural, say_json, show, size, table

EXAMPLES = """\
playnano info movie.h5-jpk
playnano info output/movie_filtered.h5 --json"""


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A movie or a bundle.")],
    channel: Channel = None,
    combine: Combine = None,
    reader: Reader = None,
    unit: Unit = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with stable keys.")] = False,
) -> None:
    """Show what a file holds: channels, frames, sizes, times, header.

    For a bundle written by playnano also its layers, masks and the steps
    that were applied.
    """
    from playnano.cli.flag_groups import InputFlags
    from playnano.readers.description import facts

    chosen = InputFlags(channel, combine).channels()
    summary = facts(file, channel=chosen, combine=combine, reader=reader, unit=unit)
    if as_json:
        say_json(summary)
    else:
        show(_lines(summary))


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    rows = [(label, text) for label, text in _rows(summary) if text]
    yield from table([*rows, *(("warning", text) for text in summary["warnings"])])
    if summary["header"]:
        yield "header"
        for key, value in summary["header"].items():
            yield paragraph(f"{key}: {value}", indent=2, hanging=6)


def _rows(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "file", f"{summary['file']} ({size(summary['size_bytes'])}, read as {summary['reader']})"
    yield "channel", f"{summary['channel']} {_unit(summary['unit'])}"
    for number, channel in enumerate(summary["channel_details"]):
        yield "" if number else "channels", _channel(channel)
    yield "frames", f"{summary['frames']:,}"
    pixels = f"{summary['height']} x {summary['width']} pixels (height x width)"
    yield "image", pixels + _sizes(summary["image_size_nm"], ", {} nm")
    yield "pixel", _sizes(summary["pixel_size_nm"], "{} nm") or "size not known"
    yield "time", _time(summary["time"], summary["frames"])
    for kind in ("blank", "empty", "partial", "lost"):
        yield f"{kind} frames", _frames(summary[f"{kind}_frames"])
    yield "made from", summary["made_from"] or ""
    is_incomplete = summary["made_from_missing_frames"] > 0
    yield "incomplete" if is_incomplete else "read with", "; ".join(summary["made_from_warnings"])
    yield "steps", ", ".join(f"{step['index']} {step['step']}" for step in summary["steps"])
    yield "layers", ", ".join(summary["layers"])
    yield "masks", ", ".join(summary["masks"])
    yield "recipe", f"SHA-256 {summary['recipe_sha256']}" if summary["recipe_sha256"] else ""


def _unit(unit: str | None) -> str:
    return f"in {unit}" if unit else "without a unit"


def _channel(channel: dict[str, Any]) -> str:
    """`Height in nm, 256 x 256, pixel 3.9 x 3.9 nm`."""
    if channel["error"]:
        return f"{channel['name']}: {channel['error']}"
    pixel = _sizes(channel["pixel_size_nm"], ", pixel {} nm")
    return f"{channel['name']} {_unit(channel['unit'])}, {channel['height']} x {channel['width']}{pixel}"


def _sizes(sizes: dict[str, float] | None, template: str) -> str:
    return template.format(f"{sizes['y']:.6g} x {sizes['x']:.6g}") if sizes else ""


def _time(time: dict[str, Any], frames: int) -> str:
    start = f"; the first at {time['start_utc']}" if time["start_utc"] else ""
    if time["unknown"]:
        some = f" of {plural(time['unknown'], 'frame')}" if time["unknown"] < frames else ""
        return f"not known{some}{start}"
    if time["interval_s"] is None:
        return f"one frame{start}"
    irregular = " (irregular)" if time["irregular"] else ""
    return f"{time['interval_s']:.6g} s a frame{irregular}, the last at {time['last_frame_s']:.6g} s{start}"


def _frames(numbers: list[int] | None) -> str:
    """`4 frames: 3, 7-9`; nothing where there are none, or it is not known."""
    from playnano.quality import numbered

    return f"{plural(len(numbers), 'frame')}: {numbered(numbers)}" if numbers else ""

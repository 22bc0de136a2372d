"""The page of a report: what is shown, as HTML that loads nothing."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from playnano.exporters.report import svg
from playnano.exporters.report.markup import escaped, number, section, table
from playnano.exporters.report.measurements import measurements
from playnano.exporters.report.summary import Shown, Summary
from playnano.exporters.report.thumbnails import colour_scale, thumbnail
from playnano.rendering.colormaps import Colours8
from playnano.rendering.layout import pixel_aspect
from playnano.rendering.zrange import ZRange, frame_range
from playnano.stack.frame_columns import FrameColumn, measured_last
from playnano.stack.frames import Image
from playnano.stack.provenance import Provenance

MOST_TEXT = 300_000
"""Characters of the recipe, and of the provenance, at most: the page stays small."""
TIMES = "\N{MULTIPLICATION SIGN}"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(summary: Summary, colours: Colours8) -> str:
    """The whole page."""
    name = _name(summary)
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    parts = [
        _header(summary, name),
        _flags(summary),
        _frames(summary, colours),
        _histograms(summary),
        _drift(summary),
        _curves(summary),
        measurements(summary.stack, colours),
        _steps(summary.stack.provenance),
        _recipe(summary.stack.provenance),
        _provenance(summary.stack.provenance),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(name)}: report</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "".join(parts)
        + "</body>\n</html>\n"
    )


def _name(summary: Summary) -> str:
    source = summary.stack.provenance.input
    return source.name if source else "stack"


def _header(summary: Summary, name: str) -> str:
    stack, run = summary.stack, summary.stack.provenance.run
    n, height, width = stack.shape
    times = stack.timestamps
    facts = {
        "frames": str(n) if not summary.bad else f"{n}, {len(summary.bad)} of them not good",
        "pixels": f"{height} {TIMES} {width}",
        "field of view": _field(stack.pixel_size_y_nm, stack.pixel_size_nm, height, width),
        "time per frame": _interval(times),
        "heights in": stack.unit,
        "steps": str(len(stack.provenance.all_steps())),
    }
    listed = "".join(f"<div><dt>{key}</dt><dd>{escaped(value)}</dd></div>" for key, value in facts.items())
    origin = stack.channel + (f", processed {run.started}" if run else "")
    return (
        f'<header><h1>{escaped(name)}</h1><p class="quiet">{escaped(origin)}</p><dl>{listed}</dl></header>\n'
    )


def _field(y: float | None, x: float | None, height: int, width: int) -> str:
    return "unknown" if not x or not y else f"{y * height:.4g} {TIMES} {x * width:.4g} nm"


def _interval(times: Any) -> str:
    steps = np.diff(times)
    finite = steps[np.isfinite(steps)]
    return f"{np.median(finite):.4g} s" if finite.size else "unknown"


def _flags(summary: Summary) -> str:
    flags = summary.flags()
    items = "".join(f"<li>{escaped(flag)}</li>" for flag in flags)
    return section("To be checked", f'<ul class="flags">{items or _NOTHING}</ul>')


_NOTHING = '<li class="good">Nothing: all frames are good, fitted and inside the limits.</li>'


def _frames(summary: Summary, colours: Colours8) -> str:
    figures = "".join(_frame(summary, shown, colours) for shown in summary.shown)
    low, high = (number(bound) for bound in (summary.zrange.zmin, summary.zrange.zmax))
    unit = escaped(summary.stack.unit)
    scale = (
        f'<div class="scale"><span>{low} {unit}</span><img src="{colour_scale(colours)}" alt="colour scale">'
        f"<span>{high} {unit}</span><span>after</span></div>"
    )
    return section("Frames", f'<div class="frames">{figures}</div>{scale}', _frames_note(summary))


def _frames_note(summary: Summary) -> str:
    note = "After: one colour range for the whole movie, from the 1st to the 99th percentile of its heights."
    if summary.raw is not None:
        note += " Before: each frame in its own range."
    elif summary.stack.provenance.all_steps():
        note += " The movie was stored without the frames as they were read, so there is no before."
    if summary.worst is not None:
        column = summary.worst[1]
        note += f" Worst: the good frame with the {_extreme(column)} {column.label}."
    return note


def _extreme(column: FrameColumn) -> str:
    return "lowest" if column.name == "confidence" else "highest"


def _frame(summary: Summary, shown: Shown, colours: Colours8) -> str:
    time = summary.stack.timestamps[shown.index]
    facts = [f"frame {summary.numbers[shown.index]}"] + ([f"{time:.4g} s"] if np.isfinite(time) else [])
    quality = summary.stack.frame_metadata[shown.index].get("quality")
    facts += [str(quality)] if quality and quality != "good" else []
    if "worst" in shown.titles and summary.worst is not None:
        column = summary.worst[1]
        facts.append(f"{column.name} {number(column.values[shown.index])} {column.unit}".rstrip())
    raw = summary.raw_image(shown.index)
    aspect = pixel_aspect(summary.stack)
    pictures = (
        [] if raw is None else [_picture("before", raw, frame_range(raw, "auto", "auto"), colours, aspect)]
    )
    after = "after" if summary.stack.provenance.all_steps() else "as read"
    pictures.append(_picture(after, summary.stack[shown.index], summary.zrange, colours, aspect))
    title = ", ".join(shown.titles).capitalize()
    return (
        f"<figure><figcaption><h3>{title}</h3><span>{escaped(' · '.join(facts))}</span></figcaption>"
        f'<div class="pair">{"".join(pictures)}</div></figure>'
    )


def _picture(title: str, image: Image, zrange: ZRange, colours: Colours8, aspect: float) -> str:
    height, width = image.shape
    address = thumbnail(image, zrange, colours)
    ratio = min(max(width / (height * aspect), 0.1), 10.0)
    picture = f'<img src="{address}" alt="{title}" style="aspect-ratio:{ratio:.4f}">'
    return f"<div>{picture}<small>{title}</small></div>"


def _histograms(summary: Summary) -> str:
    label = f"height ({summary.stack.unit})"
    kinds = (("before", summary.before), ("after", summary.after))
    charts = "".join(
        f"<figure><h3>{kind.capitalize()}</h3>"
        f"{svg.histogram(heights.values, heights.peak, label, kind)}</figure>"
        for kind, heights in kinds
        if heights is not None and heights.values.size
    )
    n = len(summary.sampled)
    note = (
        f"Of {n} good frame{'s' if n > 1 else ''}, evenly spaced. The dashed line is the background: the "
        "lowest level that a fifth of the pixels lies on. A levelled movie has a narrow peak there, at 0 if "
        "it was set to zero."
    )
    return section("Heights", f'<div class="charts">{charts}</div>', note) if charts else ""


def _drift(summary: Summary) -> str:
    y, x = (measured_last(summary.columns, name) for name in ("shift_y", "shift_x"))
    if y is None or x is None or not (np.isfinite(y.values) & np.isfinite(x.values)).any():
        return ""
    aligned = measured_last(summary.columns, "found")
    good = np.ones(len(y.values), bool) if aligned is None else aligned.values != 0
    chart = svg.drift(y.values, x.values, good, y.unit or "px")
    note = "Shift of each frame onto the reference frame. Hollow: not found, interpolated."
    return section("Drift", f'<div class="charts lone"><figure>{chart}</figure></div>', note)


def _curves(summary: Summary) -> str:
    varying = [column for column in summary.columns if _varies(column)]
    times = summary.stack.timestamps
    increasing = bool(np.isfinite(times).all()) and bool(np.all(np.diff(times) > 0))
    x, label = (times, "time (s)") if increasing else (np.array(summary.numbers, float), "frame")
    charts = "".join(_curve(column, x, label, summary.bad) for column in varying) if len(x) > 1 else ""
    rest = [column for column in summary.columns if column not in varying or not charts]
    same = table(
        ("column", "value", "meaning"),
        [(f"<code>{escaped(c.label)}</code>", escaped(_value(c)), escaped(c.description)) for c in rest],
    )
    note = "Shaded: frames that are lost, partial or blank." if summary.bad and charts else ""
    content = f'<div class="charts">{charts}</div>' if charts else ""
    content += f"<details open><summary>The same in every frame</summary>{same}</details>" if rest else ""
    return section("Measured on every frame", content, note) if content else ""


def _varies(column: FrameColumn) -> bool:
    values = column.values[np.isfinite(column.values)]
    return bool(values.size) and bool(values.min() < values.max())


def _value(column: FrameColumn) -> str:
    values = column.values[np.isfinite(column.values)]
    return f"{number(float(values[0]))} {column.unit}".rstrip() if values.size else "in no frame"


def _curve(column: FrameColumn, x: Any, label: str, bad: Sequence[int]) -> str:
    axis = f"{column.name} ({column.unit})" if column.unit else column.name
    chart = svg.curve(x, column.values, bad, (label, axis if len(axis) < 30 else column.name), column.label)
    meaning = f'<p class="quiet">{escaped(column.description)}</p>' if column.description else ""
    return f"<figure><h3>{escaped(column.label)}</h3>{meaning}{chart}</figure>"


def _steps(provenance: Provenance) -> str:
    rows = [
        (
            str(record.index),
            escaped(record.step),
            f"<code>{escaped(record.name)}</code>",
            escaped(", ".join(f"{k} = {_plain(v)}" for k, v in record.parameters.items() if v is not None)),
            escaped(f"{record.package} {record.package_version}"),
        )
        for record in provenance.all_steps()
    ]
    return section("Steps", table(("", "step", "layer", "parameters", "package"), rows)) if rows else ""


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _recipe(provenance: Provenance) -> str:
    import yaml

    recipe = provenance.recipe or next((run.recipe for run in provenance.history[::-1] if run.recipe), None)
    if recipe is None:
        return ""
    text = yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True, width=100)
    note = "With every default written out; playnano run does the same again."
    return section("Recipe", f"<pre>{escaped(_cut(text))}</pre>", note)


def _provenance(provenance: Provenance) -> str:
    source = provenance.input
    rows = (
        [("file", source.name), ("SHA-256", source.sha256 or "not taken"), ("reader", source.reader or "")]
        if source
        else []
    )
    rows += [("recipe SHA-256", provenance.recipe_sha256)] if provenance.recipe_sha256 else []
    rows += [(name, version) for name, version in provenance.software.items()]
    rows += [("platform", provenance.platform)] if provenance.platform else []
    cells = [(escaped(key), f"<code>{escaped(value)}</code>") for key, value in rows if value]
    whole = json.loads(provenance.to_json())
    text = json.dumps(_without_measured(whole), indent=1, ensure_ascii=False)
    details = f"<details><summary>Provenance as JSON</summary><pre>{escaped(_cut(text))}</pre></details>"
    note = "The JSON leaves out the numbers of every frame: bundles hold them, frames-csv writes them."
    return section("Provenance", table(("", ""), cells) + details, note)


def _without_measured(value: Any) -> Any:
    if isinstance(value, Mapping):
        left_out = ("measured", "frames") if "measured" in value else ()
        return {key: _without_measured(item) for key, item in value.items() if key not in left_out}
    return [_without_measured(item) for item in value] if isinstance(value, list) else value


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n(cut here: {len(text)} characters)"

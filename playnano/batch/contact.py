"""One page of all movies of a batch: a picture, size, frames and status of each."""

import os
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from playnano.batch.history import stored_pictures
from playnano.batch.outcome import STATES, Outcome
from playnano.batch.resuming import from_folder
from playnano.exporters.report.markup import escaped
from playnano.recipe.recipe import Recipe

CONTACT = "contact.html"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
PAGE_HEAD = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
)
"""How each page begins."""
TO_LOOK_AT = (".html", ".mp4", ".gif", ".png", ".jpg")
"""Endings of the outputs that a browser shows, the best first."""
TIMES = "\N{MULTIPLICATION SIGN}"


def contact_page(folder: Path, outcomes: Sequence[Outcome], recipe: Recipe | None = None) -> str:
    """The page, which loads nothing; its links are relative to the output folder.

    Parameters
    ----------
    folder : Path
        The output folder, which knows the pictures of what was done.
    recipe : Recipe, optional
        What was done; its steps are named at the top.
    """
    pictures, root = stored_pictures(folder), str(folder.absolute())
    steps = ", ".join(step.step for step in recipe.steps) if recipe else ""
    style = files(__package__).joinpath("contact.css").read_text(encoding="utf-8")
    title = f"{folder.absolute().name}: {len(outcomes):,} movie{'s' * (len(outcomes) != 1)}"
    cards = "".join(
        _card(outcome, pictures.get(from_folder(Path(outcome.movie), root), ""), folder)
        for outcome in outcomes
    )
    return (
        f"{PAGE_HEAD}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escaped(title)}</h1><p>{escaped(steps)}</p>{_filters(outcomes)}</header>\n"
        f"<main>\n{cards}</main>\n</body>\n</html>\n"
    )


def _filters(outcomes: Sequence[Outcome]) -> str:
    """Buttons that leave the movies of one status."""
    counts: dict[str, int] = {state: sum(outcome.status == state for outcome in outcomes) for state in STATES}
    choices = {"all": len(outcomes), **{state: count for state, count in counts.items() if count}}
    buttons = (
        f'<label><input type="radio" name="show" id="show-{state}"{" checked" * (state == "all")}>'
        f"{state} <b>{count:,}</b></label>"
        for state, count in choices.items()
    )
    return f"<nav>{''.join(buttons)}</nav>" if len(choices) > 2 else ""


def _card(outcome: Outcome, picture: str, folder: Path) -> str:
    path = Path(outcome.movie)
    parent = f"<small>{escaped(path.parent.as_posix())}/</small>" if path.parent.name else ""
    picture = "" if outcome.status == "failed" else picture  # one from before would mislead
    shown = f'<img loading="lazy" decoding="async" alt="" src="{escaped(picture)}">' if picture else ""
    linked = _linked(f'<div class="picture">{shown}</div>', outcome, folder)
    status = "" if outcome.status in ("done", "failed") else f'<span class="status">{outcome.status}</span>'
    notes = "".join(
        f'<p class="note" title="{escaped(note)}">{escaped(_first_line(note, outcome))}</p>'
        for note in _notes(outcome)
    )
    return (
        f'<article class="{outcome.status}">{linked}'
        f'<h2 title="{escaped(outcome.movie)}">{parent}{escaped(path.name)}</h2>'
        f"<p>{escaped(_size(outcome))}{status}</p>{notes}</article>\n"
    )


def _linked(content: str, outcome: Outcome, folder: Path) -> str:
    """The content as a link to an output that a browser shows."""
    ranked = sorted(
        (TO_LOOK_AT.index(Path(output).suffix), output)
        for output in outcome.outputs
        if Path(output).suffix in TO_LOOK_AT
    )
    for _, output in ranked[:1]:
        try:
            place = Path(os.path.relpath(output, folder)).as_posix()
        except ValueError:  # on another drive
            break
        return f'<a href="{escaped(quote(os.fsencode(place)))}">{content}</a>'
    return content


def _size(outcome: Outcome) -> str:
    if outcome.frames is None:
        return ""
    frames = f"{outcome.frames:,} frame{'s' * (outcome.frames != 1)}"
    return f"{frames}, {outcome.height} {TIMES} {outcome.width} px"


def _notes(outcome: Outcome) -> Iterator[str]:
    yield from filter(None, (outcome.error, outcome.missing))


def _first_line(note: str, outcome: Outcome) -> str:
    """What went wrong, without the movie's path, which stands above."""
    return note.split("\n", 1)[0].removeprefix(f"{outcome.movie}: ")

"""Text as HTML: everything that comes from a file is escaped here."""

import html
import re
from collections.abc import Sequence

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: object) -> str:
    """Text that stands in HTML as it is; what cannot be shown, or turns text around, is replaced."""
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)))


def number(value: float) -> str:
    """Four digits, with a real minus sign."""
    text = f"{value:.4g}" if abs(value) > 1e-12 else "0"
    return text.replace("-", "\N{MINUS SIGN}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    titles = "".join(f"<th>{escaped(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title: str, content: str, note: str = "") -> str:
    """A part of the page."""
    subtitle = f'<p class="quiet">{escaped(note)}</p>' if note else ""
    return f"<section><h2>{escaped(title)}</h2>{subtitle}{content}</section>\n"

"""What playnano adds to a TIFF of ImageJ: each frame's time as its label, and lines of `Info`."""

import re

CHANNEL = "channel"
UNIT = "unit"
_WRITTEN_BY = "written by"
_TIME_LABEL = re.compile(r"t = (\S+) s(?:, .*)?")


def time_label(time_s: float, channel: str) -> str:
    """What ImageJ shows above a frame."""
    return f"t = {time_s!r} s, {channel}"


def labelled_time(label: str) -> str | None:
    """The time in s of a label, as text; None where it is not one of ours."""
    match = _TIME_LABEL.fullmatch(label)
    return match and match[1]


def info(lines: dict[str, str | None], version: str) -> str:
    """The text of `Info`: a line for each fact that is known, and by what it was written."""
    facts_by_name = {**lines, _WRITTEN_BY: f"playnano {version}"}
    return "".join(f"{key}: {one_line(text)}\n" for key, text in facts_by_name.items() if text)


def facts(text: str) -> dict[str, str]:
    """Channel and unit in an `Info` that playnano wrote; nothing in others."""
    if f"\n{_WRITTEN_BY}: playnano " not in text:
        return {}
    return dict(re.findall(rf"^({CHANNEL}|{UNIT}): (.+)$", text, re.MULTILINE))


def one_line(text: str) -> str:
    """Text in which line breaks are spaces."""
    return " ".join(text.split())

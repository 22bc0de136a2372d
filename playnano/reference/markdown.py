"""Parts of Markdown pages."""


def cell(text: str) -> str:
    """A text as a cell of a table: on one line, its bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")

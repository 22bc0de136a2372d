"""The commands, in the order in which help lists them."""

COMMANDS = (
    "run",
    "process",
    "analyze",
    "convert",
    "check",
    "info",
    "steps",
    "measures",
    "formats",
    "sample",
    "recipe",
    "verify",
    "view",
    "schema",
)

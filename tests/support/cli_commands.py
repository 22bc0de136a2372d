"""The commands, in the order in which help lists them."""

COMMANDS = (
    "run",
    "process",
    "convert",
    "check",
    "info",
    "steps",
    "formats",
    "sample",
    "recipe",
    "verify",
    "view",
    "schema",
)

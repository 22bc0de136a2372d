"""Names of playnano's annotations in OME-XML."""

NAMESPACE = "playnano/"
"""Begins the namespace of each annotation; the name of the part follows."""


SUMMARY_KEY = "facts"


VALUE_UNIT = "value_unit"

"""Names in an OME-Zarr folder that playnano writes and reads."""

OURS = "playnano"
"""Attribute of the group with all that the OME's rules have no place for."""
LEVEL = "0"
"""The array of the one level of an image."""
LABELS = "labels"
"""Group of the masks; also the key of the list of their names."""
TIMES = "timestamps"

"""TIFF stacks of other programs."""

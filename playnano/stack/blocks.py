"""An image some lines at a time, so that what is computed on the way takes a few megabytes."""

BLOCK_PIXELS = 1 << 18


def line_blocks(shape: tuple[int, ...], pixels: int = BLOCK_PIXELS) -> list[slice]:
    """Slices of lines of an image (height, width) that hold about so many pixels, one line at least."""
    height, width = shape
    step = max(1, pixels // max(1, width))
    return [slice(start, min(start + step, height)) for start in range(0, height, step)]

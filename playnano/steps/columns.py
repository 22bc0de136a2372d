"""Units of what steps measure on every frame."""

IMAGE_UNIT = "unit of the images"
SHARE = "1"

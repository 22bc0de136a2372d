"""JPK images and movies."""

"""RIBM .asd movies."""

"""Functions for scripts and notebooks: save a stack, load it again."""

"""Many movies: which, and how each of them went."""

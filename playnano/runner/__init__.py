"""Run a recipe on a movie, write the results, verify them."""

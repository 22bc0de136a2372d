"""The report of a run: one page that shows whether to trust it."""

"""Exports of numbers: for analysis and archive."""

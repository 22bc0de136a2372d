"""Synthetic movies."""

"""Asylum Research .aris movies."""

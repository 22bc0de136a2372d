"""Bruker NanoScope images."""

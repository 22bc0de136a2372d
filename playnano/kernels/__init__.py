"""Numerics: arrays in, arrays out. Shared by steps, measurements and the viewer."""

"""Encoders of files: PNG, ZIP, video; they know bytes, not movies."""

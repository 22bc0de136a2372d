"""Readers: one file or folder for each format, and the door through which every movie comes."""

from playnano.readers.base import Reader, ReadOptions
from playnano.readers.finding import find_movie, named, reader_for
from playnano.readers.formats import READERS
from playnano.readers.opening import load, open_movie

__all__ = ["READERS", "ReadOptions", "Reader", "find_movie", "load", "named", "open_movie", "reader_for"]

"""Exports of pictures: for looking and showing."""

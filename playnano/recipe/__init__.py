"""Recipes: read, validated, explained."""

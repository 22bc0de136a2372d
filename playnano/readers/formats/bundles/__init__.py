"""Bundles that playnano wrote, and those of playNano 0.5."""

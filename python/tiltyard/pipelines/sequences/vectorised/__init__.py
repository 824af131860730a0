"""Whole groups of chunks at once, with numpy."""

"""Kinds of studies: each package brings what the engine does not know."""

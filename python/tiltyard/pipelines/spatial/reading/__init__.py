"""Scores of spots × genes, ours or of the public tools, whatever file they are in."""

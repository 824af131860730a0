"""Classifiers of vectors: those of a person's folder, and the one that is embedded."""

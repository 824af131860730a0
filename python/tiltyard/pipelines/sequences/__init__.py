"""Contigs cut into chunks, read in six frames, embedded by a model, and classified."""

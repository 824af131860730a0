"""Neighbours of many spots: nearest by a tree, in chunks, the most similar by an implementation."""

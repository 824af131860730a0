"""Matrices of spots × genes on disk, read and written by rows without mapping them."""

"""Polynomials and processes averaged over their settings, for records of few samples."""

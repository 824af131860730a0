"""Rational functions: barycentric forms, AAA, least squares."""

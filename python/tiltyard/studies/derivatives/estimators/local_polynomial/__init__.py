"""Local polynomials."""

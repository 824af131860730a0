"""Local polynomials and finite differences."""

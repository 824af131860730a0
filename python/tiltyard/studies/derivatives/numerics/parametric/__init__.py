"""Parametric members of a pool: rational functions and sums of exponentials."""

"""Sums of real and complex exponentials."""

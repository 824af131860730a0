"""Regularised least squares."""

"""Spline estimators."""

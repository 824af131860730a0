"""Spectral estimators: global least-squares series."""

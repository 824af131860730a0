"""Splines and the criteria that choose their smoothing."""

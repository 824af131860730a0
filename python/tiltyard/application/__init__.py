"""Derivatives of measured data: reading, estimating, judging, drawing."""

"""Figures that only the derivative study has."""

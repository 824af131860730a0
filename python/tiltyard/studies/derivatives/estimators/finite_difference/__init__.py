"""Finite differences."""

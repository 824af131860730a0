"""Advice of a finished study about a person's own samples."""

"""Merging: one table from the evaluations of all configurations, with its summary."""

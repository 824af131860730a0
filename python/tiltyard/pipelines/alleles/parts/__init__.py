"""Finished counts of one file, kept until the whole table is there."""

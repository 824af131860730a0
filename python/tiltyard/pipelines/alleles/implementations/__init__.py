"""Implementations of counting, a file each: one that reads like the rule, and faster ones."""

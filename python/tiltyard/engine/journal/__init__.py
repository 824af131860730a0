"""Journals, which jobs write about themselves: progress, timeline and account of a study."""

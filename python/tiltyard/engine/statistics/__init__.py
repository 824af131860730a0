"""Summaries, ranks, tests and alarms over the cells of a study."""

"""One table from the evaluations of every configuration, with its summary."""

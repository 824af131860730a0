"""Jobs, threads and batches of a run."""

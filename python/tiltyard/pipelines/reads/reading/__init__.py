"""From a file's text to batches of whole records, a chunk at a time."""

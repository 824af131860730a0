"""Worker processes: tasks are handed to them, and their results back, in memory that is shared."""

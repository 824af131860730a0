"""What jobs write about themselves, and what can be read from it."""

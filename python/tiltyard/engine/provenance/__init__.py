"""Where results come from, and whether they still are what they were."""

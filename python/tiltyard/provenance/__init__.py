"""Where results come from, whether they hold, and how they travel."""

"""Noise that is not white and equal: what is known of it, what shows, and the estimate with it."""

"""Regression of a trait on many spots: chunks of 64 at a time, whatever the range."""

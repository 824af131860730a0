"""Tuning: samples of a person's own files are measured, and a command is recommended."""

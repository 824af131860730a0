"""Isolated evaluation: workers, their supervision and their end."""

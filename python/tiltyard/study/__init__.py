"""The engine: configurations, seeds, isolated evaluation, store, merge. It knows no derivative."""

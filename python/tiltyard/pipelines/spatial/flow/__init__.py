"""Stages that work at the same time, with bounded queues between them, and what each one took."""

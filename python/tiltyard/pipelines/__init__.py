"""Pipelines: tools that people use by themselves; the study of throughput measures them."""

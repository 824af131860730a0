"""Tiltyard: a workflow-managed benchmarking study of derivative estimation from noisy data."""

__version__ = "0.1.0"

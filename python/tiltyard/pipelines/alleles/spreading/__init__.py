"""Spreading the counting of files over workers: threads or processes, by file or by block."""

"""Bytes of files, as text: read, inflated, in threads where that is asked for."""

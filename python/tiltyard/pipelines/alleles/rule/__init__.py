"""The rule of counting, one read and one site at a time: it is written to be read, not to be fast.

All implementations have to give what this one gives.
"""

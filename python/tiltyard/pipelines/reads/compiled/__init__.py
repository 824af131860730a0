"""Reads in compiled code: functions of addresses and 64-bit integers.

All look at 64 bytes at a time, so every buffer has `texts.SPARE` bytes behind its content.
"""

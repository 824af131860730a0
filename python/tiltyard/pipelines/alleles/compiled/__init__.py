"""Counting in compiled code: what the fast implementations share.

Everything works on addresses of raw memory, in 64-bit integers: arrays cost a third more CPU time
here, because Numba counts references to them in the loops.
"""

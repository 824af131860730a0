"""Compiled code at work: found or built, loaded without Numba, and called.

Numba and what it imports take half a second, more than reading millions of reads; so its machine
code is kept as object files, which LLVM's linker alone can load.
"""

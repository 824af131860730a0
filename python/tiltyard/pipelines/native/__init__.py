"""Compiled code of pipelines: written with Numba, kept as object files, loaded without Numba.

Numba and what it imports take half a second, more than reading a million reads, so a run loads
machine code that an earlier one kept, which LLVM's linker alone can do. `compiling`, `memory` and
`vectors` are what compiled functions are written with; only a process that builds code imports
them. `keeping` and `loading` are what a run needs.
"""

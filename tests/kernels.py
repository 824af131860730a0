"""Kernels of OpenBLAS that this processor can run, from what /proc/cpuinfo says of it.

A kernel is OpenBLAS's code for a family of processors. The variable ``OPENBLAS_CORETYPE`` chooses
one, in Julia, numpy and scipy alike, before any of them loads its library. As a program it prints
their names, a line each: ``make test-kernels`` runs tests under every one.
"""

from __future__ import annotations

from tiltyard.engine.machine.facts import processor_words
from tiltyard.studies.derivatives.julia.selftest import CORE_TYPE

#: Kernel -> instruction sets that it needs.
NEEDS = {
    "Prescott": {"pni"},
    "Sandybridge": {"avx"},
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
}
#: Kernels with fused multiply-add. They round a product and a sum once in the body of a vector and
#: twice in its tail, the others twice everywhere: numbers that hang on a kernel hang on this first.
FUSED = ("Haswell", "Zen", "SkylakeX")
#: Kernels that a library was built without -> what it says that it took instead.
BUILT_AS = {"Prescott": ("Katmai",), "Zen": ("Haswell",)}

__all__ = ["BUILT_AS", "CORE_TYPE", "FUSED", "NEEDS", "other_than", "runnable"]


def runnable(words: str | None = None) -> list[str]:
    """Kernels that a processor with the instruction sets among `words` runs; by default this one.

    None on other architectures, whose kernels have other names.
    """
    sets = set((processor_words() if words is None else words).split())
    return [name for name, needed in NEEDS.items() if needed <= sets]


def other_than(kernel: str, names: list[str] | None = None) -> str | None:
    """The kernel most unlike `kernel` among `names`, by default the runnable ones; None if none is.

    Fused multiply-add is what tells kernels apart most: the last one with it for a kernel without,
    the first one without it for a kernel with it.
    """
    names = runnable() if names is None else names
    fused = [name for name in names if name in FUSED]
    plain = [name for name in names if name not in FUSED]
    candidates = plain if kernel in FUSED else fused[::-1]
    return next((name for name in candidates if name != kernel), None)


if __name__ == "__main__":
    print(*runnable(), sep="\n")

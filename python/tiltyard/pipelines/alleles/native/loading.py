"""Loading this pipeline's compiled functions."""

from __future__ import annotations

from pathlib import Path

from tiltyard.pipelines.alleles.native import libraries
from tiltyard.pipelines.native.keeping import Code, Keeper
from tiltyard.pipelines.native.loading import Library

#: Functions that Python calls; each takes the address of a state and returns how it ended.
ENTRIES = dict.fromkeys(("walk", "feed", "inflate_all"), 1)
_ROOM = Path(__file__).parents[1]


def _build(name: str) -> Code:
    from tiltyard.pipelines.alleles.compiled.building import build

    return build(name)


LIBRARY = Library(
    Keeper("alleles", _ROOM / "compiled", (_ROOM / "counts.py",)),
    ENTRIES,
    _build,
    libraries.register,  # raises NoLibdeflate where the library that inflates is not installed
)
is_kept, load, warm = LIBRARY.keeper.is_kept, LIBRARY.load, LIBRARY.warm

"""Building the machine code of all functions that Python calls: some seconds, at set-up."""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.bgzf import inflate_all
from tiltyard.pipelines.alleles.compiled.feeding import feed
from tiltyard.pipelines.alleles.compiled.walking import walk
from tiltyard.pipelines.native.compiling import machine_code

#: By the name under which `native` keeps it.
ENTRIES = {"walk": walk, "feed": feed, "inflate_all": inflate_all}


def build(name: str) -> tuple[str, bytes]:
    """Symbol and object file of an entry."""
    return machine_code(ENTRIES[name])

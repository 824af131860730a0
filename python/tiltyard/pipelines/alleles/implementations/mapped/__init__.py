"""BAM mapped into memory: inflated, walked and merged with the sites in one compiled function.

Units begin at the offsets that the index has for their first sites; gaps between sites are jumped
over; pages are given back as it goes, so that memory does not grow with the file.
"""

from __future__ import annotations

from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.implementations.mapped.counting import count
from tiltyard.pipelines.alleles.implementations.mapped.offsets import offsets
from tiltyard.pipelines.alleles.native.loading import load

IMPLEMENTATION = Implementation(
    name="mapped",
    count=count,
    releases_gil=True,
    cram=False,
    offsets=offsets,
    prepare=lambda: load("walk"),
)

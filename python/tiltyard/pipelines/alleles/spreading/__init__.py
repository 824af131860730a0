"""Spreading the counting of files over workers: threads or processes, by file or by block."""

from tiltyard.pipelines.alleles.spreading.choosing import choose
from tiltyard.pipelines.alleles.spreading.counting import count_files
from tiltyard.pipelines.alleles.spreading.spread import BACKENDS, LEVELS, Spread
from tiltyard.pipelines.alleles.spreading.workers import WorkerDied

__all__ = ["BACKENDS", "LEVELS", "Spread", "WorkerDied", "choose", "count_files"]

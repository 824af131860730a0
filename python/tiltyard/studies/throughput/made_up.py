"""Outcomes of no meaning for a rehearsal of a study of throughput."""

from __future__ import annotations

import numpy as np

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.pipelines.pipeline import Pipeline
from tiltyard.studies.throughput.dataset import Round
from tiltyard.studies.throughput.strategies import LaunchedMethod


def made_up(
    method: LaunchedMethod, dataset: Round, pipeline: Pipeline, rng: np.random.Generator
) -> Outcome:
    """An outcome with the shape of a real one: stages that add up, and no difference."""
    names = list(pipeline.stages)
    walls = rng.lognormal(-1.0, 0.5, len(names)) / method.workers
    stages = [
        {"name": name, "wall_seconds": float(wall), "cpu_seconds": float(wall) * method.workers}
        for name, wall in zip(names, walls, strict=True)
    ]
    wall = float(walls.sum())
    cpu, memory = wall * method.workers, float(rng.uniform(50.0, 200.0))
    facts = {
        "digest": dataset.files_digest,
        "position": 1,
        "queue_seconds": 0.0,
        "units": dataset.units.get(pipeline.unit),
        "unit": pipeline.unit,
        "machine": "none",
        "job": "rehearsal",
        "cores": method.workers,
        "cpu_user": cpu,
        "cpu_system": 0.0,
        "cpu_children": 0.0,
        "anonymous_mb": memory,
        "file_mb": 0.0,
        "memory_source": "pss",
        "memory_samples": 20,
        "bytes_read": 0,
        "bytes_written": 0,
        "stages": stages,
        "alarms": [],
        "output_digest": "",
        "difference": "",
        "watched_seconds": wall,
        "steal_share": 0.0,
        "foreign_share": 0.0,
        "warnings": [],
    }
    return Outcome(
        Status.OK,
        "",
        facts,
        cpu_seconds=cpu,
        wall_seconds=wall,
        peak_memory=memory,
        peak_processes=1,
        peak_threads=method.workers,
    )

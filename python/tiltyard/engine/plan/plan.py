"""The parallel plan: jobs at once, threads a job, configurations a job, and what that will take.

Configurations are independent, so they fill the cores first: a job with one thread wastes none.
Only cores that no configuration is left for become threads inside the jobs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiltyard.engine.machine.room import gigabytes
from tiltyard.engine.plan.batches import Batch, even_batches, free_runs, guided_batches
from tiltyard.engine.wording import count, duration

#: Least ratio of the time that a batch evaluates to the time that its job takes to start.
STARTS_A_BATCH = 10
#: Longest batch on one machine: a job that is lost then costs little, and progress is seen.
LONGEST_BATCH_SECONDS = 600.0
#: So many times as long is one that has the machine alone, for it begins with launches that do not
#: count, and nothing waits for its end.
LONGER_ALONE = 3.0
#: Shortest and longest job of a cluster: submitting and queueing then cost little in comparison.
CLUSTER_BATCH_SECONDS = (180.0, 1800.0)
#: Most configurations of a batch: more do not fit a command line.
LARGEST_BATCH = 500
#: Wall time of Snakemake, catalogue, datasets, merging and figures [s].
FIXED_SECONDS = 20.0


@dataclass(frozen=True)
class Resources:
    """Resources of a study, and what its user decided.

    Attributes
    ----------
    cores : int or None
        Cores that jobs share; None on a cluster.
    nodes : int or None
        Jobs that a cluster is given at once; None on a machine.
    memory_mb : float or None
        Memory that jobs share [MB]; None on a cluster, which shares it out itself.
    threads, batch_size : int or None
        Threads and configurations of a job; None unless the user chose them.
    job_memory_mb : int or None
        Memory of a job [MB]; None unless the user chose it.
    speed : float
        Cores' worth of CPU time that the jobs get together, above 0.
    memory_by : str
        Of what `memory_mb` is the free part, in words; "" where that needs no word.
    free_mb : float
        Memory that is free, whatever was asked for [MB].
    notes : tuple of str
        What is to be said of these resources, a sentence each.
    """

    cores: int | None
    nodes: int | None = None
    memory_mb: float | None = None
    threads: int | None = None
    batch_size: int | None = None
    job_memory_mb: int | None = None
    speed: float = math.inf
    memory_by: str = ""
    free_mb: float = math.inf
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """Work of a study: the number of its evaluations and what they take.

    Attributes
    ----------
    configurations : int
    seconds_each : float
        CPU seconds of the evaluations of one configuration.
    source : str
        Origin of `seconds_each`, in words.
    base_memory_mb, thread_memory_mb : float
        Memory of a job with one thread, and what each further thread adds [MB].
    start_seconds : float
        CPU seconds of a job before its first evaluation.
    limit_mb : float
        Memory above which an evaluation is ended [MB]; 0 without a limit.
    exclusive : bool
        Whether a job has to have the machine alone.
    done : tuple of Batch
        Batches that were evaluated before, none of which overlap. They stay as they are; another
        plan, for more cores say, cuts only the rest into batches.
    """

    configurations: int
    seconds_each: float
    source: str
    base_memory_mb: float
    thread_memory_mb: float
    start_seconds: float = 0.0
    limit_mb: float = 0.0
    exclusive: bool = False
    done: tuple[Batch, ...] = ()

    @property
    def waiting(self) -> list[Batch]:
        """Runs of configurations that were not evaluated before."""
        return free_runs(self.configurations, self.done)


@dataclass(frozen=True)
class Plan:
    """Jobs of a study: how many at once, with how many threads, on which configurations, and why.

    Attributes
    ----------
    configurations : int
    jobs_at_once : int
    threads : int
        Of each job.
    done, waiting : tuple of Batch
        Batches that were evaluated before, and those to be evaluated, in the order in which their
        jobs start.
    job_memory_mb : int
        Expected memory of a job [MB].
    seconds : float
        Expected wall seconds until the study is done.
    reasons : tuple of str
        Reasons for these numbers, a sentence each.
    obstacle : str
        Why not even one job can run, and the remedies; "" if one can.
    """

    configurations: int
    jobs_at_once: int
    threads: int
    done: tuple[Batch, ...]
    waiting: tuple[Batch, ...]
    job_memory_mb: int
    seconds: float
    reasons: tuple[str, ...]
    obstacle: str = ""

    @property
    def batches(self) -> tuple[Batch, ...]:
        """All jobs of the study."""
        return self.done + self.waiting

    def to_dict(self) -> dict[str, Any]:
        """The plan in plain values."""
        return {
            "configurations": self.configurations,
            "evaluated": sum(map(len, self.done)),
            "jobs": len(self.waiting),
            "jobs_at_once": self.jobs_at_once,
            "threads_per_job": self.threads,
            "configurations_per_job": [len(batch) for batch in self.waiting],
            "job_memory_mb": self.job_memory_mb,
            "memory_mb": self.job_memory_mb * self.jobs_at_once,
            "expected_seconds": round(self.seconds),
            "reasons": list(self.reasons),
            "obstacle": self.obstacle,
        }

    def __str__(self) -> str:
        all_of_them = count(self.configurations, "configuration")
        if not self.waiting:
            return f"{all_of_them}, evaluated before"
        sizes = sorted({len(batch) for batch in self.waiting})
        some = f", {sum(map(len, self.done))} of them evaluated before, the rest" * bool(self.done)
        lines = [
            f"{all_of_them}{some} in {count(len(self.waiting), 'job')} of "
            f"{' to '.join(map(str, sizes[:1] + sizes[1:][-1:]))}, {self.jobs_at_once} at once "
            f"with {count(self.threads, 'thread')} each",
            f"expected: {duration(self.seconds)}, {self.job_memory_mb / 1000:.1f} GB a job, "
            f"{self.job_memory_mb * self.jobs_at_once / 1000:.1f} GB in all",
            *self.reasons,
            *filter(None, [self.obstacle]),
        ]
        return "\n".join(lines)


def make_plan(load: Workload, room: Resources) -> Plan:
    """The plan for `load` in `room`."""
    left = sum(map(len, load.waiting))
    on_cluster = room.cores is None
    cores = room.cores or 1
    # When all is evaluated, each batch has a job that only looks at it again.
    jobs = 1 if load.exclusive else left or len(load.done)
    shared = threads_per_job(jobs, cores)
    threads = room.threads or _fitting(shared, load, room)
    memory = room.job_memory_mb or _memory_of(threads, load)
    slots = room.nodes or 1 if on_cluster else max(1, cores // threads)
    if load.exclusive and not on_cluster:
        slots = 1
    why = _why_threads(left, load, room, threads)
    if room.threads is None and threads < shared:
        why = f"{count(threads, 'thread')} a job: one job has no memory for more"
    reasons = [*room.notes, why]
    if room.memory_mb is not None and slots * memory > room.memory_mb:
        slots = max(1, int(room.memory_mb // memory))
        free = f"{gigabytes(room.memory_mb)} are free {room.memory_by}".rstrip()
        reasons.append(f"memory for {slots} at once: {free}")
    batches, why = _batches(load, left, room, slots, threads)
    slots = max(1, min(slots, len(batches)))
    busy = left * load.seconds_each / threads + len(batches) * load.start_seconds
    slowed = max(1.0, slots * threads / room.speed)
    reasons += [why, f"duration from {load.source}", *_warnings(load, room)]
    return Plan(
        configurations=load.configurations,
        jobs_at_once=slots,
        threads=threads,
        done=load.done,
        waiting=tuple(batches),
        job_memory_mb=memory,
        seconds=slowed * (busy / slots + FIXED_SECONDS),
        reasons=tuple(reasons),
        obstacle=_obstacle(memory, room) if left else "",
    )


def _memory_of(threads: int, load: Workload) -> int:
    """Expected memory of a job [MB]."""
    return math.ceil(load.base_memory_mb + (threads - 1) * load.thread_memory_mb)


def _fitting(threads: int, load: Workload, room: Resources) -> int:
    """`threads`, or as many of them as one job has memory for, but at least one."""
    if room.memory_mb is None or room.job_memory_mb is not None:
        return threads
    while threads > 1 and _memory_of(threads, load) > room.memory_mb:
        threads -= 1
    return threads


def _obstacle(memory: int, room: Resources) -> str:
    if room.memory_mb is None or memory <= room.memory_mb:
        return ""
    return (
        f"not enough memory: a job takes {memory} MB, and {math.floor(room.memory_mb)} MB are free "
        f"{room.memory_by}".rstrip()
        + ". End other programs, give it more memory or fewer threads "
        f"(--set-threads evaluate=1), or try all the same with --resources mem_mb={memory}"
    )


def _warnings(load: Workload, room: Resources) -> list[str]:
    """What may befall evaluations for want of memory."""
    if load.limit_mb <= room.free_mb:
        return []
    return [
        f"an evaluation may take {gigabytes(load.limit_mb)} (evaluation: memory_limit), more than "
        "is free: one that does is killed by the kernel, and no result"
    ]


def threads_per_job(configurations: int, cores: int) -> int:
    """One thread a job while configurations outnumber cores, else an equal share of the cores.

    Parameters
    ----------
    configurations : int
        Jobs that could run at the same time, >= 1.
    cores : int
        Cores that the study may use, >= 1.
    """
    return max(1, cores // max(1, configurations))


def _why_threads(left: int, load: Workload, room: Resources, threads: int) -> str:
    if room.threads is not None:
        return f"{count(threads, 'thread')} a job: as asked for"
    if load.exclusive:
        return f"{count(threads, 'thread')} a job, one job at a time: times are what is measured"
    if room.cores is None:
        return "one thread a job: the cluster runs other jobs on the other cores"
    if left >= room.cores or not left:
        return "one thread a job: configurations are enough for every core"
    if threads == 1:
        return f"one thread a job: {room.cores} cores are less than two for each configuration"
    return (
        f"{count(threads, 'thread')} a job: there are more cores ({room.cores}) than configurations"
    )


def _batches(
    load: Workload, left: int, room: Resources, slots: int, threads: int
) -> tuple[list[Batch], str]:
    runs = load.waiting
    if room.batch_size is not None:
        if room.batch_size > LARGEST_BATCH:
            raise ValueError(
                f"--set-resources evaluate:configurations={room.batch_size}: a job takes at most "
                f"{LARGEST_BATCH}, more do not fit its command line"
            )
        return even_batches(runs, room.batch_size), "configurations a job: as asked for"
    each = max(load.seconds_each / threads, 1e-3)
    share = math.ceil(left / slots)
    if room.cores is None:
        fewest, most = (max(1, round(seconds / each)) for seconds in CLUSTER_BATCH_SECONDS)
        size = max(1, min(max(share, fewest), most, LARGEST_BATCH, left))
        return even_batches(runs, size), (
            f"jobs of about {duration(size * each)}, so that submitting them costs little"
        )
    if left <= slots:
        return even_batches(runs, 1), "one configuration a job: there are cores for all at once"
    longest = LONGEST_BATCH_SECONDS * (LONGER_ALONE if load.exclusive else 1.0)
    largest = max(1, min(LARGEST_BATCH, int(longest / each)))
    if slots == 1:
        return even_batches(runs, largest), "batches share the start of a job"
    # Three batches for each slot at least, or the last batches would not balance the slots.
    fair = max(1, left // (3 * slots))
    smallest = min(largest, math.ceil(STARTS_A_BATCH * load.start_seconds / each) or 1, fair)
    return guided_batches(runs, slots, smallest, largest), (
        f"batches share the start of a job ({load.start_seconds:g} CPU s) and shrink, so that all "
        "cores end together"
    )


def measured_load(notes: Sequence[Mapping[str, Any]]) -> float | None:
    """Mean seconds that the evaluations of a configuration took; None without any.

    Evaluations that were killed at their time limit count with the limit.

    Parameters
    ----------
    notes : sequence of mapping
        Those in the receipts of the batches that were evaluated.
    """
    evaluated = sum(note.get("configurations", 0) for note in notes)
    total = sum(
        max(note.get("method_cpu_seconds", 0.0), note.get("planned_seconds", 0.0)) for note in notes
    )
    return total / evaluated if evaluated else None

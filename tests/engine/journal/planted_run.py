"""Runs of jobs and of the workflow whose core seconds are known."""

from tiltyard.engine.journal.reading import Evaluated, Run, WorkflowRun
from tiltyard.engine.journal.usage import CoreTimes, Sample


def run(begin, end, phases=(), threads=1, rule="evaluate", host="here", error="", costs=None):
    """The run of a job; with `costs` of lanes it evaluated one configuration all the time."""
    job = Run(
        job=f"{rule}-{begin}",
        rule=rule,
        host=host,
        pid=1,
        started=begin,
        opened=begin,
        threads=threads,
        configurations=(),
        phases=[(begin, "starting"), *phases],
        ended=end,
        error=error,
    )
    if costs is not None:
        job.evaluated.append(Evaluated("c", begin, end, 1, 0, {}, costs, [], 1))
    return job


def cost(cpu, wall, warm_up=0.0):
    return {"cpu": cpu, "wall": wall, "warm_up": warm_up}


def samples(times, own, programs=0.0, steal=0.0, machine=2):
    """Samples of a tree that took `own` cores all the time, beside programs and hypervisor."""
    return [
        Sample(
            time,
            own * (time - times[0]),
            CoreTimes(
                ",".join(map(str, range(machine))),
                busy=(own + programs) * time,
                steal=steal * time,
                idle=(machine - own - programs - steal) * time,
            ),
        )
        for time in times
    ]


def workflow(begin, end, own, cores=2, ended=True, **others):
    """The run of a workflow that is looked at every ten seconds."""
    times = [*range(begin, end, 10), end]
    return WorkflowRun("here", begin, cores, samples(times, own, **others), ended)

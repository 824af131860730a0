"""How many threads a job gets, from the machine's cores and the number of configurations."""

from __future__ import annotations


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

"""Peak memory and threads of this process, as the kernel counts them."""

from __future__ import annotations


def reset_peak_memory() -> None:
    """Reset the peak memory that `own_peaks` reads."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass  # the peak is then that since the start of the process


def own_peaks() -> tuple[float, int | None]:
    """Highest resident memory since the last reset [MB], NaN if unknown, and threads now."""
    try:
        with open("/proc/self/status") as file:
            facts = dict(line.split(":", 1) for line in file)
        return int(facts["VmHWM"].split()[0]) / 1024, int(facts["Threads"])
    except (OSError, KeyError):
        return float("nan"), None

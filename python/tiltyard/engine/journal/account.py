"""Account of a run's core seconds: parts that add up to all of them, and the overhead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tiltyard.engine.wording import plural

METHODS, WAITING = "methods", "waiting"
COMPILING, OTHER, IDLE = "compiling", "other", "idle"
PROGRAMS, STEAL, UNKNOWN = "programs", "steal", "unknown"
#: Parts whose sum is the overhead, and all others.
OVERHEAD = (COMPILING, OTHER, IDLE)
REST = (METHODS, WAITING, PROGRAMS, STEAL, UNKNOWN)


@dataclass(frozen=True)
class Load:
    """Cores that others than the study took between two times [UTC s since 1970]."""

    begin: float
    end: float
    programs: float
    steal: float


@dataclass(frozen=True)
class Account:
    """Every core second of a run, in one part each.

    Attributes
    ----------
    cores : int
        Cores that the run was given.
    wall : float
        Its length [s].
    parts : mapping
        Core seconds by part:

        ``methods``
            CPU of the methods' own calls.
        ``waiting``
            Wall time of calls beyond their CPU time, while a core was free: a method's own waiting.
        ``compiling``
            CPU time before the calls, for importing, compiling and a first run of their code.
        ``other``
            All other CPU of the study's processes: start, imports, Snakemake, files.
        ``idle``
            Cores that had nothing to do.
        ``programs``, ``steal``
            Core seconds that other programs, and the hypervisor, took from the run's cores.
        ``unknown``
            In place of ``waiting``, ``idle``, ``programs`` and ``steal`` where the machine does
            not say what its cores do.
    loads : tuple of Load
        ``programs`` and ``steal`` by time, of each machine one after another.
    """

    cores: int
    wall: float
    parts: Mapping[str, float]
    loads: tuple[Load, ...] = ()

    @property
    def total(self) -> float:
        """All core seconds: cores × wall, or more where Snakemake itself needed another core."""
        return sum(self.parts.values())

    @property
    def known(self) -> bool:
        """Whether the machine said what its cores did."""
        return UNKNOWN not in self.parts

    @property
    def overhead(self) -> float:
        """Core seconds that were the study's own but no method's: the sum of `OVERHEAD`."""
        return sum(self.parts.get(part, 0.0) for part in OVERHEAD)

    @property
    def overhead_share(self) -> float:
        """Overhead as a share of all core seconds."""
        return self.overhead / self.total

    @property
    def overhead_of_own(self) -> float:
        """Overhead as a share of the core seconds that other programs and the hypervisor left."""
        own = self.total - self.parts.get(PROGRAMS, 0.0) - self.parts.get(STEAL, 0.0)
        return self.overhead / max(own, 1e-9)

    def tenths(self) -> dict[str, int]:
        """Every part in tenths of a per cent, rounded so that they add up to 1000."""
        exact = {part: 1000 * spent / self.total for part, spent in self.parts.items()}
        rounded = {part: int(value) for part, value in exact.items()}
        missing = 1000 - sum(rounded.values())
        nearest = sorted(exact, key=lambda part: rounded[part] - exact[part])
        for part in nearest[:missing]:
            rounded[part] += 1
        return rounded

    def words(self, method_word: str) -> dict[str, str]:
        """Names of the parts, where `method_word` is the noun for a method in the singular."""
        names = {
            METHODS: f"{plural(method_word)}' own CPU",
            WAITING: f"{plural(method_word)} waiting, cores free",
            COMPILING: "compiling and warming up",
            OTHER: "start, imports, Snakemake, files",
            IDLE: "idle cores",
            PROGRAMS: "other programs",
            STEAL: "taken by the hypervisor",
            UNKNOWN: "idle, waiting or other programs",
        }
        return {part: names[part] for part in (*OVERHEAD, *REST) if part in self.parts}

    def headline(self) -> str:
        """The overhead in words: the sum of its parts as `tenths` rounds them."""
        tenths = self.tenths()
        share = sum(tenths.get(part, 0) for part in OVERHEAD)
        text = f"overhead {share / 10:.1f}%"
        if not self.known:
            return text + " or more (this machine does not say what its cores do)"
        if tenths[PROGRAMS] + tenths[STEAL]:
            text += f" ({self.overhead_of_own:.1%} of what other programs left)"
        return text

    def lines(self, method_word: str) -> list[str]:
        """The account as text: the headline, the parts that it sums, and the others."""
        tenths, words = self.tenths(), self.words(method_word)

        def line(part: str) -> str:
            return f"{words[part]:>33} {self.parts[part]:9.1f} s {tenths[part] / 10:6.1f}%"

        core = "core" if self.cores == 1 else "cores"
        found = [f"{self.cores} {core}, {self.wall:.0f} s: {self.headline()}, the sum of"]
        found += [line(part) for part in OVERHEAD if part in words]
        found += ["the rest of the core time:"]
        found += [line(part) for part in REST if part in words]
        return found

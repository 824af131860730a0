"""The fine memory of a study: one entry per evaluation, addressed by what decides its numbers.

Snakemake deletes a rule's outputs before it runs the rule; this store lies beside them, so a
job that was killed or rerun computes only what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from joblib import Memory

from tiltyard.study.methods import Method
from tiltyard.study.outcome import Limits, Outcome


def evaluation(
    dataset: str,
    method: str,
    language: str,
    version: str,
    options: Mapping[str, Any],
    compute: Callable[[], Outcome],
) -> Outcome:
    """Outcome of one evaluation; everything but `compute` is its address."""
    return compute()


class Store:
    """Outcomes on disk, each written atomically by `joblib.Memory`.

    Parameters
    ----------
    folder : path
        Where the entries lie; several processes may use it at once.
    """

    def __init__(self, folder: Path) -> None:
        memory = Memory(folder, verbose=0)
        self._evaluation = memory.cache(evaluation, ignore=["compute"])

    def get(self, address: Mapping[str, Any], limits: Limits) -> Outcome | None:
        """The outcome at `address`, or None if there is none that holds under `limits`.

        An entry that cannot be read counts as missing: joblib names it in a warning, and it is
        written anew.
        """
        if not self._evaluation.check_call_in_cache(**address, compute=_missing):
            return None
        try:
            outcome: Outcome = self._evaluation(**address, compute=_missing)
        except LookupError:
            return None
        return outcome if outcome.holds_under(limits) else None

    def put(self, address: Mapping[str, Any], outcome: Outcome) -> None:
        """Remember `outcome` at `address`, replacing what was there."""
        self._evaluation.call(**address, compute=lambda: outcome)


def address_of(dataset: str, method: Method, options: Mapping[str, Any]) -> dict[str, Any]:
    """Address of the evaluation of `method` on the dataset with this digest."""
    return {
        "dataset": dataset,
        "method": method.name,
        "language": method.language,
        "version": method.version,
        "options": dict(options),
    }


def _missing() -> Outcome:
    raise LookupError("no readable entry")

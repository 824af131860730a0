"""The fine memory of a study: one entry per evaluation, addressed by what decides its numbers.

Snakemake deletes a rule's outputs before it runs the rule; this store lies beside them, so a
job that was killed or rerun computes only what is missing. `joblib.Memory` would nearly do, but
it empties its folder when it meets one without its function's source, which two jobs that start
at once can do to each other.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib

from tiltyard.study.files import atomic_path
from tiltyard.study.methods import Method
from tiltyard.study.outcome import Limits, Outcome
from tiltyard.study.versions import digest


class Store:
    """Outcomes on disk, each written atomically; several processes may use it at once.

    Parameters
    ----------
    folder : path
        Where the entries lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, address: Mapping[str, Any], limits: Limits) -> Outcome | None:
        """The outcome at `address`, or None if there is none that holds under `limits`.

        An entry that cannot be read is named in a warning and counts as missing.
        """
        path = self._path(address)
        try:
            outcome = joblib.load(path)
            if not isinstance(outcome, Outcome):
                raise TypeError(f"holds a {type(outcome).__name__}, not an Outcome")
        except FileNotFoundError:
            return None
        except Exception as error:  # unpickling damaged bytes can raise anything
            print(f"warning: treated as missing: {path}: {error!r}", file=sys.stderr)
            return None
        return outcome if outcome.holds_under(limits) else None

    def put(self, address: Mapping[str, Any], outcome: Outcome) -> None:
        """Remember `outcome` at `address`, replacing what was there."""
        with atomic_path(self._path(address)) as temporary:
            joblib.dump(outcome, temporary)

    def _path(self, address: Mapping[str, Any]) -> Path:
        name = digest([json.dumps(address, sort_keys=True)])
        return self._folder / name[:2] / f"{name[2:]}.pkl"


def address_of(dataset: str, method: Method, options: Mapping[str, Any]) -> dict[str, Any]:
    """Address of the evaluation of `method` on the dataset with this digest."""
    return {
        "dataset": dataset,
        "method": method.name,
        "language": method.language,
        "version": method.version,
        "options": dict(options),
    }

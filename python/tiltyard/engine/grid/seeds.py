"""Random generators that follow from identity, never from position in a list."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *identity: str) -> np.random.Generator:
    """Random generator of the thing that `identity` names, in the study with this `seed`.

    Adding a value to an axis or sorting a list anew changes no other identity's numbers.

    Parameters
    ----------
    seed : int
        The study's seed, >= 0.
    identity : str
        Parts of the identity: for example the configuration's id, then the method's name.
    """
    digest = hashlib.sha256("\x1f".join(identity).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))

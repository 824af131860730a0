"""What tests of the rule ask for: frames of a text, by name."""

from tiltyard.pipelines.sequences.rule.rules import rules_of
from tiltyard.pipelines.sequences.translating import NAMES, translation


def rules(name="exact", window=500, **choices):
    return rules_of(name, window=window, **choices)


def read(text, name="exact", window=500, **choices):
    """Frames of one chunk, {name: (nucleotides, protein)}, or the reason that there is none.

    All ways to read it have to agree.
    """
    chosen = rules(name, window, **choices)
    outcomes = [translation(way)([text.encode()], chosen) for way in NAMES]
    assert outcomes[0] == outcomes[1]
    ((kept, reason),) = outcomes[0]
    assert bool(kept) != bool(reason)
    found = {one.name: (one.nucleotides.decode(), one.protein.decode()) for one in kept}
    return found or reason


def proteins(text, name="exact", window=500, **choices):
    found = read(text, name, window, **choices)
    return found if isinstance(found, str) else {frame: two[1] for frame, two in found.items()}

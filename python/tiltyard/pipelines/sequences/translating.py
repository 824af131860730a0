"""Ways to read chunks in six frames, each of which gives what the rule gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiltyard.pipelines.sequences.rule.frames import Frame
from tiltyard.pipelines.sequences.rule.rules import Rules

#: By name, the reference first, the quickest last.
NAMES = ("plain", "numpy")
#: Letters of many chunks -> the frames of each, and why there is none.
Translate = Callable[[Sequence[bytes], Rules], list[tuple[list[Frame], str]]]


def translation(name: str) -> Translate:
    """The way `name`, of which only itself is imported."""
    if name == "plain":
        from tiltyard.pipelines.sequences.rule.frames import frames_of

        return lambda chunks, rules: [frames_of(chunk, rules) for chunk in chunks]
    from tiltyard.pipelines.sequences.vectorised.frames import translated

    return translated

"""Cutting a contig into chunks that overlap just as much as they have to."""

from __future__ import annotations

from collections.abc import Iterator

from tiltyard.pipelines.sequences.rule.rules import Rules


def chunks_of(length: int, rules: Rules) -> Iterator[tuple[int, int]]:
    """Begin and end of each chunk of a contig, from 0, the end not included.

    The fewest chunks that cover it have n·window - length bases too many. That surplus becomes
    overlap at the n - 1 junctions, spread evenly, the larger overlaps first. VirNucPro divides it
    by n instead: what is left over may then be more than there are junctions, and the last chunk
    is short.
    """
    number = -(-length // rules.window)
    if number <= 1:
        if length:
            yield 0, length
        return
    surplus, junctions = number * rules.window - length, number - 1
    if rules.exact:
        overlap, larger = divmod(surplus, junctions)
    else:
        overlap = surplus // number
        larger = surplus - overlap * junctions
    for chunk in range(number):
        start = chunk * rules.window - (chunk * overlap + min(chunk, larger))
        yield start, min(start + rules.window, length)

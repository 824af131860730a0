"""What a stream has to give, put together from the rule, record by record."""

from __future__ import annotations

from tiltyard.pipelines.reads.rule import ordering
from tiltyard.pipelines.reads.rule.augmenting import augmented
from tiltyard.pipelines.reads.rule.drawing import Place
from tiltyard.pipelines.reads.rule.filtering import keeps, ordered
from tiltyard.pipelines.reads.rule.pairing import interleaved, keeps_pair, pairs_of
from tiltyard.pipelines.reads.rule.reading import read
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.chain import chain_of
from tiltyard.pipelines.reads.steps.filters import ORDERED


def model(
    files,
    chain=(),
    *,
    seed=0,
    epoch=0,
    rank=0,
    world=1,
    unit=1,
    shuffle_buffer=0,
    pair_rule="any",
    mixed=False,
):
    """Items: file, record, and (name, sequence, quality) of each mate.

    `files`: for each file its bytes, or those of both of pairs.
    """
    steps = chain_of(chain).labelled
    items = []
    for number, file in enumerate(files):
        for record, mates in enumerate(_mates(file, mixed)):
            if ordering.owner(number, record, world, unit=unit)[0] == rank:
                items.append((number, record, mates))
    split = next((n for n, each in enumerate(steps) if isinstance(each.step, ORDERED)), len(steps))
    items = _local(items, steps[:split], seed, epoch, pair_rule)
    for place, one in enumerate(steps[split:], start=split):
        if isinstance(one.step, ORDERED):
            kept = {id(mates) for mates in ordered(one.step, (item[2] for item in items))}
            items = [item for item in items if id(item[2]) in kept]
        else:
            items = _local(items, steps[place : place + 1], seed, epoch, pair_rule)
    items = list(ordering.shuffled(items, shuffle_buffer, seed, epoch, rank))
    return [(file, record, *map(_plain, mates)) for file, record, mates in items]


def _mates(file, mixed):
    if mixed:
        return interleaved(read(file), "-")
    if isinstance(file, tuple):
        return pairs_of(*map(read, file), ("1", "2"))
    return ((record,) for record in read(file))


def _local(items, steps, seed, epoch, pair_rule):
    found = []
    for file, record, mates in items:
        places = [Place(seed, epoch, file, record, second) for second in (False, True)]
        mates, passed = list(mates), [True] * len(mates)
        kept = True
        for one in steps:
            for number, place in enumerate(places[: len(mates)]):
                if isinstance(one.step, Augmentation):
                    mates[number] = augmented(one.step, one.label, mates[number], place)
                else:
                    passed[number] &= keeps(one.step, mates[number], place, one.label)
            kept = keeps_pair(*passed, pair_rule) if len(mates) == 2 else passed[0]
            if not kept:
                break
        if kept:
            found.append((file, record, tuple(mates)))
    return found


def _plain(record):
    return record.name, record.sequence, record.quality


def items_of(batches):
    """What came, as `model` has it."""
    found = []
    for batch in batches:
        mates = [mate for mate in (batch, batch.mate) if mate is not None]
        for row in range(len(batch)):
            assert len({int(mate.records[row]) for mate in mates}) == 1
            found.append(
                (
                    int(batch.files[row]),
                    int(batch.records[row]),
                    *(_plain(mate.record(row)) for mate in mates),
                )
            )
    return found

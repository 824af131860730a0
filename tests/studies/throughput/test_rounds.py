"""The sequence of a round follows from its identity, and no strategy is favoured."""

from tiltyard.studies.throughput.rounds import sequence

NAMES = ["serial", "threads-w2", "limit", "serial-again", "plain"]


def test_sequence_follows_from_the_seed_and_the_round_and_from_nothing_else():
    own = sequence(1, "f4-t1", NAMES)
    assert sorted(own) == sorted(NAMES)
    assert sequence(1, "f4-t1", NAMES[::-1]) == own == sequence(1, "f4-t1", iter(NAMES))
    others = {tuple(sequence(seed, f"f4-t{t}", NAMES)) for seed in (1, 2) for t in range(1, 11)}
    assert len(others) > 10


def test_every_strategy_comes_first_about_equally_often():
    first = [sequence(3, f"f1-t{trial}", NAMES)[0] for trial in range(1, 1001)]
    counts = [first.count(name) for name in NAMES]
    assert min(counts) > 150 and max(counts) < 250  # 200 ± 4 standard deviations

"""What there is in a file of reads, beside counts that are made byte by byte."""

from collections import Counter

import numpy as np
import pytest

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.summary import Summary, counted


@pytest.mark.parametrize("seed", range(4))
def test_a_summary_counts_every_letter_and_quality(seed):
    rng = np.random.default_rng(seed)
    summary, letters, qualities = Summary("a"), Counter(), Counter()
    for _ in range(3):
        records = [
            Record(
                b"r",
                bytes(rng.choice(list(b"ACGTNacgtn"), length).astype("u1")),
                bytes((33 + rng.choice((0, 2, 19, 20, 30, 93), length)).astype("u1")),
            )
            for length in rng.integers(0, 200, 50).tolist()
        ]
        summary.add(counted(Batch.of(records)))
        letters.update(b"".join(each.sequence.upper() for each in records))
        qualities.update(b"".join(each.quality for each in records))
    found, bases = summary.plain(), letters.total()
    assert found["bases"] == bases == qualities.total()
    assert found["gc_percent"] == pytest.approx(100 * (letters[71] + letters[67]) / bases)
    assert found["n_percent"] == pytest.approx(100 * letters[78] / bases)
    mean = sum((byte - 33) * count for byte, count in qualities.items()) / bases
    assert found["arithmetic_mean_quality"] == pytest.approx(mean, rel=1e-12)
    error = sum(10 ** ((33 - byte) / 10) * count for byte, count in qualities.items()) / bases
    assert found["mean_error_quality"] == pytest.approx(-10 * np.log10(error), rel=1e-9)
    good = sum(count for byte, count in qualities.items() if byte >= 53)
    assert found["q20_percent"] == pytest.approx(100 * good / bases)

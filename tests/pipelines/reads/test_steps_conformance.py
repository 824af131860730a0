"""Every way to filter, augment and encode gives what the rule gives; what holds for all reads."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_examples import PROFILE

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.faults import LetterError
from tiltyard.pipelines.reads.implementations import NAMES, implementation
from tiltyard.pipelines.reads.rule.drawing import Place
from tiltyard.pipelines.reads.rule.filtering import mean_error
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps.chain import chain_of
from tiltyard.pipelines.reads.texts import Texts

LETTERS = b"ACGTUacgtuNRYSWKMBDHVnryswkmbdhv-.*XQEFx"
#: Kinds of reads: of all letters; of usual ones; of those and now and then another one.
KINDS = (LETTERS, b"ACGTacgtNn", b"ACGUacgun", b"ACGTN" * 60 + LETTERS)
LENGTHS = (0, 1, 2, 3, 63, 64, 65, 128, 150, 151, 400)
FILTERS = (
    "mean_arithmetic(0)",
    "mean_arithmetic(30.5)",
    "mean_error(0)",
    "mean_error(3.02)",
    "mean_error(12)",
    "min_base(0)",
    "min_base(5)",
    "length(2, 150)",
    "length(64)",
    "max_n(0)",
    "max_n(0.1)",
    "max_n(0.4, 'ambiguous')",
    "fraction(0.3)",
    "fraction(1)",
    "every(3)",
)
CHANGES = (
    "mutate(0)",
    "mutate(0.1)",
    "mutate(1)",
    "mutate(0.5, 'rna')",
    "reverse_complement",
    "reverse_complement(0.5)",
    "reverse_complement(alphabet='rna')",
    "window(64)",
    "window(64, 'center')",
    "window(3, 'end')",
    "window(100, 'random')",
    "window(0, 'random')",
    "uniform(0, 93)",
    "uniform(7, 7)",
    "high",
    "medium",
    "normal(0, 90)",
    "degrading(40, 25, 3)",
    "degrading(0, 93, 0.5)",
)
ENCODERS = (
    "one_hot",
    "one_hot(width=64)",
    "one_hot(width=0)",
    "one_hot(dtype='float16')",
    "one_hot(dtype='uint8', channels='first')",
    "one_hot(ambiguous='random')",
    "one_hot(ambiguous='share')",
    "one_hot(alphabet='protein')",
    "one_hot(alphabet='protein', ambiguous='random', width=70)",
    "integer",
    "integer(width=500)",
    "kmers(1)",
    "kmers(4)",
    "kmers(3, canonical=True)",
    "kmers(4, canonical=True, compact=True)",
    "quality",
    "quality(probability=True, width=65)",
)


def made(seed, count=12, letters=LETTERS):
    """A batch of reads of all lengths, some of a later file."""
    rng = np.random.default_rng(seed)
    lengths = rng.choice(LENGTHS, count)
    records = [
        Record(
            b"r%d x" % number,
            bytes(rng.choice(list(letters), length).astype("u1")),
            bytes(rng.integers(33, 127, length).astype("u1")),
        )
        for number, length in enumerate(lengths)
    ]
    batch = Batch.of(records, first=int(rng.integers(1 << 40)))
    return replace(batch, files=rng.integers(0, 5, count), second_mate=bool(rng.integers(2)))


def same(found, expected):
    return (found is None) == (expected is None) and (
        expected is None or (found.dtype == expected.dtype and np.array_equal(found, expected))
    )


def content(batch):
    qualities = None if batch.qualities is None else batch.qualities.tolist()
    return batch.names.tolist(), batch.sequences.tolist(), qualities, batch.records.tolist()


REFERENCE = implementation("reference")
OTHERS = [implementation(name) for name in NAMES[1:]]
SEEDS = st.integers(0, 1 << 32)


@pytest.mark.parametrize("text", FILTERS)
@given(seed=SEEDS)
@settings(max_examples=8, **PROFILE)
def test_filters(text, seed):
    batch, draws = made(seed), Draws(seed, seed % 7)
    (one,) = chain_of([text]).labelled
    expected = REFERENCE.keeps(one.step, one.label, batch, draws)
    for way in OTHERS:
        assert same(way.keeps(one.step, one.label, batch, draws), expected), way.name


@pytest.mark.parametrize("text", CHANGES)
@given(seed=SEEDS)
@settings(max_examples=8, **PROFILE)
def test_augmentations(text, seed):
    batch, draws = made(seed, letters=KINDS[seed % len(KINDS)]), Draws(seed, seed % 7)
    before = content(batch), batch.sequences.buffer.tobytes()
    (one,) = chain_of([text]).labelled
    expected = content(REFERENCE.augmented(one.step, one.label, batch, draws))
    for way in OTHERS:
        found = way.augmented(one.step, one.label, batch, draws)
        assert content(found) == expected, way.name
        assert np.array_equal(found.lengths, found.qualities.lengths)
        assert (content(batch), batch.sequences.buffer.tobytes()) == before, way.name


@pytest.mark.parametrize("text", ENCODERS)
@given(seed=SEEDS)
@settings(max_examples=8, **PROFILE)
def test_encoders(text, seed):
    batch, draws = made(seed), Draws(seed, seed % 7)
    encoder = chain_of(encode=text).encoder
    files = [f"{number}.fq" for number in range(5)]
    expected = REFERENCE.encoded(encoder, batch, draws, files)
    for way in OTHERS:
        found = way.encoded(encoder, batch, draws, files)
        for name in ("tensor", "lengths", "mask"):
            assert same(getattr(found, name), getattr(expected, name)), (way.name, name)
        assert found.cut == expected.cut


@pytest.mark.parametrize("text", [*CHANGES, *FILTERS, *ENCODERS])
def test_no_reads(way, text):
    batch = made(1).take(slice(0, 0))
    if text in ENCODERS:
        encoder = chain_of(encode=text).encoder
        found, expected = (each.encoded(encoder, batch, Draws(), []) for each in (way, REFERENCE))
        assert found.tensor.shape == expected.tensor.shape and len(found) == 0
        return
    (one,) = chain_of([text]).labelled
    if text in FILTERS:
        assert len(way.keeps(one.step, one.label, batch, Draws())) == 0
    else:
        assert len(way.augmented(one.step, one.label, batch, Draws())) == 0


@pytest.mark.parametrize("text", ["one_hot(ambiguous='error')", "integer(ambiguous='error')"])
def test_the_first_ambiguous_letter_is_named(way, text):
    encoder = chain_of(encode=text).encoder
    clean = made(3, letters=b"ACGTUacgtu")
    assert len(way.encoded(encoder, clean, Draws(), ["a.fq"] * 5)) == len(clean)
    records = [Record(b"", b"ACGT", b"IIII"), Record(b"", b"ACRN", b"IIII")]
    with pytest.raises(LetterError) as caught:
        way.encoded(encoder, Batch.of(records, first=7), Draws(), ["a.fq"])
    assert str(caught.value).startswith("a.fq: record 9, position 3: 'R' is ambiguous")


def test_reads_without_qualities(way):
    batch = replace(made(5), qualities=None)
    chain = chain_of(["mutate(0.5)", "reverse_complement", "window(9)", "high"])
    for one in chain.labelled[:-1]:
        batch = way.augmented(one.step, one.label, batch, Draws(1))
        assert batch.qualities is None
    last = chain.labelled[-1]
    assert way.augmented(last.step, last.label, batch, Draws(1)).qualities.size == batch.bases


def test_buffers_without_spare_bytes(way):
    batch = made(6)
    tight = replace(
        batch,
        sequences=Texts(batch.sequences.flat(), batch.sequences.starts, batch.lengths),
        qualities=Texts(batch.qualities.flat(), batch.qualities.starts, batch.lengths),
    )
    for one in chain_of(["mutate(0.5)", "reverse_complement"]).labelled:
        expected = way.augmented(one.step, one.label, batch, Draws(1))
        assert content(way.augmented(one.step, one.label, tight, Draws(1))) == content(expected)


def test_long_reads_are_summed_exactly(way, monkeypatch):
    """Sums of errors of 2²³ bases would not fit 64 bits; here the bound is lower."""
    from tiltyard.pipelines.reads.vectorised import filtering

    monkeypatch.setattr(filtering, "EXACT", 100)
    batch, (one,) = made(8, 30), chain_of(["mean_error(4)"]).labelled
    expected = [mean_error(one.step, record, Place()) for record in batch]
    assert way.keeps(one.step, one.label, batch, Draws()).tolist() == expected


KERNELS = implementation("kernels")


def changed(batch, *steps, draws=None):
    for one in chain_of(steps).labelled:
        batch = KERNELS.augmented(one.step, one.label, batch, draws or Draws(3))
    return batch


@given(seed=SEEDS)
@settings(max_examples=40, **PROFILE)
def test_the_other_strand_twice_is_the_read(seed):
    for alphabet, letters in (("dna", b"Uu"), ("rna", b"Tt")):
        batch = made(seed, letters=bytes(set(LETTERS) - set(letters)))
        step = f"reverse_complement(alphabet='{alphabet}')"
        assert content(changed(batch, step, step)) == content(batch)


@given(seed=SEEDS)
@settings(max_examples=40, **PROFILE)
def test_what_is_encoded_can_be_read_back(seed):
    batch = made(seed)
    hot = KERNELS.encoded(chain_of(encode="one_hot").encoder, batch, Draws(), ["a"] * 5)
    codes = KERNELS.encoded(chain_of(encode="integer").encoder, batch, Draws(), ["a"] * 5).tensor
    assert np.array_equal(hot.mask.sum(axis=1), batch.lengths)
    assert np.array_equal(codes >= 0, hot.mask)
    known = (codes >= 0) & (codes < 4)
    assert np.array_equal(hot.tensor.sum(axis=2) == 1, known)
    assert np.array_equal(hot.tensor.argmax(axis=2)[known], codes[known])
    for row, sequence in enumerate(batch.sequences):
        letters = bytes(b"ACGTN"[code] for code in codes[row][hot.mask[row]])
        plain = sequence.upper().replace(b"U", b"T")
        assert letters == bytes(letter if letter in b"ACGT" else 78 for letter in plain)


@given(seed=SEEDS, k=st.integers(1, 5))
@settings(max_examples=40, **PROFILE)
def test_words_add_up_and_both_strands_have_the_same(seed, k):
    batch = made(seed)
    plain = KERNELS.encoded(chain_of(encode=f"kmers({k})").encoder, batch, Draws(), ["a"] * 5)
    for row, sequence in enumerate(batch.sequences):
        windows = (sequence[at : at + k] for at in range(len(sequence) - k + 1))
        assert plain.tensor[row].sum() == sum(set(each) <= set(b"ACGTUacgtu") for each in windows)
    encoder = chain_of(encode=f"kmers({k}, canonical=True)").encoder
    both = [
        KERNELS.encoded(encoder, each, Draws(), ["a"] * 5).tensor
        for each in (batch, changed(batch, "reverse_complement"))
    ]
    assert np.array_equal(*both)


@given(seed=SEEDS)
@settings(max_examples=30, **PROFILE)
def test_mutations_change_all_or_nothing_or_a_share(seed):
    batch = made(seed)
    assert content(changed(batch, "mutate(0)")) == content(batch)
    before, after = batch.sequences.flat(), changed(batch, "mutate(1)").sequences.flat()
    bases = np.isin(before, list(b"ACGTUacgtu"))
    assert np.array_equal(before != after, bases)
    assert np.array_equal(before & 32, after & 32)


def test_a_share_of_mutations_is_as_asked_for():
    records = [Record(b"", b"ACGT" * 250, b"I" * 1000)] * 100
    batch = Batch.of(records)
    for share in (0.01, 0.1, 0.7):
        after = changed(batch, f"mutate({share})").sequences.flat()
        count = int((after != batch.sequences.flat()).sum())
        assert abs(count - 1e5 * share) < 5 * (1e5 * share * (1 - share)) ** 0.5
    new = changed(batch, "mutate(1)").sequences.flat()[batch.sequences.flat() == ord("A")]
    counts = [int((new == letter).sum()) for letter in b"CGT"]
    assert sum(counts) == 25000 and max(counts) - min(counts) < 5 * (25000 * 2 / 9 * 2) ** 0.5


@given(seed=SEEDS, cut=st.integers(0, 12))
@settings(max_examples=40, **PROFILE)
def test_draws_do_not_depend_on_the_batch(seed, cut):
    batch = made(seed)
    steps = ["mutate(0.3)", "reverse_complement(0.5)", "window(50, 'random')", "medium"]
    whole = changed(batch, *steps)
    parts = [changed(batch.take(rows), *steps) for rows in (slice(0, cut), slice(cut, None))]
    assert content(whole)[1] == [each for part in parts for each in part.sequences]
    assert content(whole)[2] == [each for part in parts for each in part.qualities]

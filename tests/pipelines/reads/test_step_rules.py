"""The rule of filters, encoders, augmentations and orders: each numbered case."""

import numpy as np
import pytest

from tiltyard.pipelines.reads.faults import InputError, LetterError
from tiltyard.pipelines.reads.rule import ordering
from tiltyard.pipelines.reads.rule.augmenting import augmented
from tiltyard.pipelines.reads.rule.drawing import Place, below, hashed, key, word
from tiltyard.pipelines.reads.rule.encoding import encoded, numbers_of
from tiltyard.pipelines.reads.rule.filtering import keeps, ordered
from tiltyard.pipelines.reads.rule.pairing import keeps_pair
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps.augmentations import QualitySimulator
from tiltyard.pipelines.reads.steps.chain import STEPS, chain_of
from tiltyard.pipelines.reads.steps.filters import ERRORS, error_quality

SEVEN = Place(seed=7)


def read(sequence=b"", quality=None, name=b"r"):
    return Record(name, sequence, b"I" * len(sequence) if quality is None else quality)


def step_of(text):
    (one,) = chain_of([text]).labelled
    return one


def kept(text, record, place=SEVEN):
    one = step_of(text)
    return keeps(one.step, record, place, one.label)


def changed(text, sequence, place=SEVEN, quality=None):
    one = step_of(text)
    return augmented(one.step, one.label, read(sequence, quality), place)


def through(text, *sequences):
    items = [(read(sequence, name=b"%d" % number),) for number, sequence in enumerate(sequences)]
    return [int(item[0].name) for item in ordered(step_of(text).step, items)]


def of_records(text, count):
    return [n for n in range(count) if kept(text, read(b"A"), Place(seed=7, record=n))]


def test_the_stream_of_draws():
    own = SEVEN.key("mutate/0")
    assert word(0, 0) == 0xE220A8397B1DCDAF
    assert hashed("mutate/0") == 0x28A9766BC7F1D69C
    assert own == 0x705879F5AB337A13
    assert (word(own, 0), word(own, 1)) == (0x1484298281EBBDA7, 0xB5BAFFC6E78B6925)


def test_the_two_means_of_qualities_differ():
    record = read(b"AC", b"I!")
    assert kept("mean_arithmetic(20)", record) and not kept("mean_arithmetic(20.1)", record)
    assert kept("mean_error(3)", record) and not kept("mean_error(3.02)", record)
    assert error_quality(ERRORS[40] + ERRORS[0], 2) == pytest.approx(3.0099, abs=5e-5)


@pytest.mark.parametrize("name", ["mean_arithmetic", "mean_error"])
def test_means_of_no_bases(name):
    assert kept(f"{name}(0)", read()) and not kept(f"{name}(0.1)", read())
    assert (
        kept("min_base(40)", read()) and kept("max_n(0)", read()) and kept("length(0, 0)", read())
    )


def test_the_share_of_n_and_of_ambiguous_letters():
    assert kept("max_n(0.5)", read(b"ANNT")) and not kept("max_n(0.49)", read(b"ANNT"))
    assert kept("max_n(0.25)", read(b"ARYN")) and kept("max_n(0)", read(b"ARYU"))
    assert not kept("max_n(0.74, letters='ambiguous')", read(b"ARYN"))
    assert kept("max_n(0.75, 'ambiguous')", read(b"ARYn"))


def test_bounds_of_length_and_of_each_base():
    assert [n for n in range(6) if kept("length(2, 4)", read(b"A" * n))] == [2, 3, 4]
    assert kept("length(3)", read(b"A" * 99))
    assert kept("min_base(2)", read(b"AC", b"#I")) and not kept("min_base(3)", read(b"AC", b"#I"))


def test_every_nth_a_seeded_share_and_the_first():
    assert of_records("every(3)", 7) == [0, 3, 6]
    assert of_records("fraction(0.5)", 20) == [0, 3, 4, 8, 12, 14, 16, 17, 18, 19]
    assert of_records("fraction(1)", 5) == [0, 1, 2, 3, 4] and of_records("fraction(0)", 5) == []
    later = Place(seed=7, epoch=9, record=1)
    assert kept("fraction(0.5)", read(), later) == kept("fraction(0.5)", read(), Place(7, 0, 0, 1))
    left = [read(b"A" * n, name=b"%d" % n) for n in range(5) if kept("length(1)", read(b"A" * n))]
    assert [each.name for (each,) in ordered(step_of("first(3)").step, zip(left, strict=True))] == [
        *(b"1", b"2", b"3")
    ]


def test_the_first_of_equal_sequences_stays():
    assert through("dedup", b"ACGT", b"acgt", b"ACGT", b"", b"") == [0, 1, 3]
    assert through("dedup(ignore_case=True)", b"ACGT", b"acgt", b"ACGT", b"", b"") == [0, 3]


def encode(text, *sequences, quality=None):
    records = [read(sequence, quality) for sequence in sequences]
    places = [Place(seed=7, record=number) for number in range(len(records))]
    return encoded(chain_of(encode=text).encoder, records, places, ["a.fq"])


def test_one_hot_has_a_channel_a_base():
    both = encode("one_hot", b"AC", b"ACGT")
    assert both.tensor.shape == (2, 4, 4) and both.tensor.dtype == np.float32
    assert both.tensor.sum(axis=(1, 2)).tolist() == [2, 4] == both.lengths.tolist()
    assert both.tensor[1].tolist() == np.eye(4).tolist() and both.mask.sum(axis=1).tolist() == [
        2,
        4,
    ]
    narrow = encode("one_hot(width=3)", b"AC", b"ACGT")
    assert (
        narrow.tensor.shape == (2, 3, 4) and narrow.cut == 1 and narrow.lengths.tolist() == [2, 3]
    )
    first = encode("one_hot(channels='first', dtype='uint8')", b"AC", b"uN")
    assert first.tensor.shape == (2, 4, 2) and first.tensor.dtype == np.uint8
    assert first.tensor[1].sum() == first.tensor[1, 3, 0] == 1
    assert encode("one_hot").tensor.shape == (0, 0, 4)
    assert encode("one_hot", b"").tensor.shape == (1, 0, 4)


def test_ambiguous_letters_of_one_hot():
    drawn = encode("one_hot(ambiguous='random')", b"NNNN").tensor[0].argmax(axis=1)
    assert drawn.tolist() == [1, 3, 3, 3]
    shared = encode("one_hot(ambiguous='share')", b"RbN-Ax").tensor[0]
    assert shared[0].tolist() == [0.5, 0, 0.5, 0] and shared[2].tolist() == [0.25] * 4
    assert shared[1].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert shared.sum(axis=1).tolist() == pytest.approx([1, 1, 1, 0, 1, 0])
    with pytest.raises(LetterError, match=r"a.fq: record 2, position 3: 'N'"):
        encode("one_hot(ambiguous='error')", b"ACGT", b"ACN")
    assert encode("one_hot(width=2, ambiguous='error')", b"ACN").cut == 1


def test_one_hot_of_proteins():
    found = encode("one_hot(alphabet='protein')", b"ACDy*X")
    assert found.tensor.shape == (1, 6, 20)
    assert found.tensor[0].argmax(axis=1).tolist() == [0, 1, 2, 19, 0, 0]
    assert found.tensor[0].sum(axis=1).tolist() == [1, 1, 1, 1, 0, 0]


def test_integers_and_qualities_are_padded():
    found = encode("integer", b"ACNT", b"A")
    assert found.tensor.tolist() == [[0, 1, 4, 3], [0, -1, -1, -1]]
    assert found.tensor.dtype == np.int8
    with pytest.raises(LetterError, match="record 1, position 3"):
        encode("integer(ambiguous='error')", b"ACNT")
    assert encode("quality", b"ACG", quality=b"!I~").tensor.tolist() == [[0, 40, 93]]
    chances = encode("quality(width=4, probability=True)", b"AC", quality=b"!+").tensor
    assert chances.dtype == np.float32 and chances[0].tolist() == pytest.approx([1, 0.1, 0, 0])


def test_words_of_k_letters():
    plain = encode("kmers(2)", b"ACGT").tensor[0]
    assert np.flatnonzero(plain).tolist() == [1, 6, 11]
    canonical = encode("kmers(2, canonical=True)", b"ACGT").tensor[0]
    assert canonical[1] == 2 and canonical[6] == 1 and canonical.sum() == 3
    compact = encode("kmers(2, canonical=True, compact=True)", b"ACGT").tensor
    assert compact.shape == (1, 10) and compact[0].sum() == 3
    assert encode("kmers(2)", b"ACNGT").tensor.sum() == 2
    assert encode("kmers(5)", b"ACGT").tensor.sum() == 0


@pytest.mark.parametrize("k", range(1, 6))
def test_compact_columns_are_as_many_as_there_are_canonical_words(k):
    encoder = chain_of(encode=f"kmers({k}, canonical=True, compact=True)").encoder
    assert len(numbers_of(encoder)) == encoder.columns


def test_mutations_are_as_printed():
    assert changed("mutate(0.1)", b"ACGT" * 10).sequence == (
        b"AAGTACGTACGTGCGTGCGTACGTCCGTACTTACGTACGT"
    )
    assert changed("mutate(1)", b"ACGTNacgtnUuRY-.*").sequence == b"CAAANttcgnGaRY-.*"
    assert changed("mutate(0)", b"ACGTacgu").sequence == b"ACGTacgu"
    assert b"T" not in changed("mutate(1, alphabet='rna')", b"ACG" * 30).sequence


def test_the_other_strand():
    letters = b"ACGTNacgtnRYSWKMBDHVryswkmbdhv-.*"
    other = changed("reverse_complement", letters)
    assert other.sequence == b"*.-bdhvkmwsryBDHVKMWSRYnacgtNACGT"
    assert changed("reverse_complement(alphabet='rna')", b"AAU").sequence == b"AUU"
    assert changed("reverse_complement(alphabet='rna')", b"AT").sequence == b"AU"
    assert changed("reverse_complement", b"UA", quality=b"#I") == read(b"TA", b"I#")
    flipped = [
        changed("reverse_complement(0.5)", b"AC", Place(7, 0, 0, n)).sequence == b"GT"
        for n in range(6)
    ]
    assert flipped == [True, True, True, False, True, False]


def test_windows_of_long_reads():
    text = bytes(range(65, 91)) * 6
    at = {
        where: text.index(changed(f"window(100, '{where}')", text[:150]).sequence)
        for where in ("start", "center", "end")
    }
    assert at == {"start": 0, "center": 25, "end": 24}  # the letters repeat after 26
    digits = b"".join(bytes([65 + n // 26, 97 + n % 26]) for n in range(75))
    starts = [
        digits.index(changed("window(100, 'random')", digits, Place(7, 0, 0, n)).sequence)
        for n in range(4)
    ]
    assert starts == [13, 43, 28, 22]
    assert changed("window(9)", b"ACGT") == read(b"ACGT")
    assert changed("window(2, 'end')", b"ACGT", quality=b"!#+I") == read(b"GT", b"+I")


def test_simulated_qualities_are_as_printed():
    assert changed("uniform(20, 40)", b"A" * 12).quality == b"<797G<B7DA>>"
    assert changed("high", b"A" * 12).quality == b"EDDCHEGCGGFF"
    assert changed("degrading(40, 25, 3)", b"A" * 12).quality == b"HEDAGAB;@>;9"
    assert augmented(step_of("medium").step, "quality/0", Record(b"", b"AC", None), SEVEN).quality


def test_the_second_mate_has_draws_of_its_own():
    second = Place(seed=7, second_mate=True)
    assert second.key("mutate/0/base") == key(7, 0, hashed("mutate/0/base/mate2"), 0, 0)
    assert changed("mutate(1)", b"ACGT" * 9, second) != changed("mutate(1)", b"ACGT" * 9)


def test_steps_of_one_name_are_numbered():
    steps = ["mutate(0.1)", "length(1)", "mutate(0.1)", "high", "fraction(1)", "medium"]
    assert [each.label for each in chain_of(steps).labelled] == [
        *("mutate/0", "", "mutate/1", "quality/0", "fraction/0", "quality/1")
    ]


def test_ordered_filters_and_what_follows_are_apart():
    chain = chain_of(["length(1)", "mutate(1)", "first(3)", "mutate(1)"])
    assert [each.label for each in chain.local] == ["", "mutate/0"]
    assert [each.name for each in chain.ordered] == ["first", "mutate"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mutate(1.5)", "mutate: the probability is 1.5; give a number from 0 to 1"),
        ("mutate(0.1, alphabet='protein')", "'dna', 'rna'"),
        ("length(5, 3)", "length: the most is 3; give a whole number from 5"),
        ("lenght(5)", "there is no step 'lenght'; there are mean_arithmetic"),
        ("length(", "write a name and values"),
        ("length(__import__('os'))", "write a name and values"),
        ("length(1, 2, 3)", "length"),
        ("mutate", "missing 1 required positional argument: 'probability'"),
        ("mean_error(True)", "True"),
        ("window(3, 'middle')", "'start', 'center', 'end', 'random'"),
        ("every(0)", "from 1"),
        ("normal(30, 0)", "standard deviation is 0"),
    ],
)
def test_what_is_no_step_is_refused_with_a_remedy(text, words):
    with pytest.raises(InputError) as caught:
        chain_of([text])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one_hot(ambiguous='share', dtype='uint8')", "float16"),
        ("one_hot(ambiguous='share', alphabet='protein')", "dna only"),
        ("kmers(13)", "from 1 to 12"),
        ("kmers(3, compact=True)", "canonical"),
        ("mutate(0.1)", "there is no encoder 'mutate'"),
    ],
)
def test_what_is_no_encoder_is_refused_with_a_remedy(text, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        chain_of(encode=text)


def test_qualities_are_needed_before_they_are_made():
    with pytest.raises(InputError, match=r"a\.fa has no qualities, which mean_error needs"):
        chain_of(["mean_error(20)", "high"]).refuse_without_quality("a.fa")
    chain_of(["high", "mean_error(20)"], "quality").refuse_without_quality("a.fa")
    with pytest.raises(InputError, match="which quality encodes"):
        chain_of([], "quality").refuse_without_quality("a.fa")


def test_every_step_is_a_filter_or_says_its_label():
    assert {"mutate", "reverse_complement", "window", "fraction", "dedup"} < set(STEPS)
    assert QualitySimulator.label == "quality"


def test_pairs_fall_by_their_rule():
    qualities = [(b"I", b"I"), (b"#", b"I"), (b"I", b"#")]
    states = [
        [kept("mean_arithmetic(20)", read(b"A", quality)) for quality in pair] for pair in qualities
    ]
    found = {
        rule: [n for n, state in enumerate(states, 1) if keeps_pair(*state, rule)]
        for rule in ("any", "both", "1", "2")
    }
    assert found == {"any": [1], "both": [1, 2, 3], "1": [1, 3], "2": [1, 2]}


def test_mean_of_errors_over_bases():
    assert error_quality(ERRORS[10] + ERRORS[30], 2) == pytest.approx(12.967, abs=5e-4)
    assert error_quality(100 * ERRORS[40] + ERRORS[10], 101) == pytest.approx(29.63, abs=5e-3)
    assert error_quality(0, 0) == 0


def test_shuffling_is_as_printed_and_keeps_a_bound():
    assert list(ordering.shuffled(range(10), 4, 7, 0)) == [1, 3, 5, 2, 0, 8, 9, 6, 4, 7]
    assert list(ordering.shuffled(range(10), 1, 7, 0)) == list(range(10))
    for capacity in (2, 5, 30):
        found = list(ordering.shuffled(range(20), capacity, 3, 1, 2))
        assert sorted(found) == list(range(20))
        assert max(item - place for place, item in enumerate(found)) <= capacity - 1


@pytest.mark.parametrize(("ranks", "workers", "unit"), [(1, 1, 1), (2, 3, 1), (3, 2, 4), (5, 1, 2)])
def test_each_record_has_one_owner(ranks, workers, unit):
    owners = [ordering.owner(0, n, ranks, workers, unit) for n in range(200)]
    assert all(rank < ranks and worker < workers for rank, worker in owners)
    assert len(set(owners)) == ranks * workers
    assert [ordering.owner(file, 0, 2)[0] for file in (0, 1)] == [0, 1]


def test_batches_of_ranks_steps_and_evening():
    own = [[n for n in range(5) if ordering.owner(0, n, 2)[0] == rank] for rank in (0, 1)]
    assert [list(ordering.batches(each, 2)) for each in own] == [[[0, 2], [4]], [[1, 3]]]
    assert list(ordering.batches(own[0], 2, drop_last=True)) == [[0, 2]]
    epochs = [[(epoch, n) for n in own[1]] for epoch in (0, 1, 2)]
    assert list(ordering.stepped(epochs, 2, 2)) == [epochs[0], epochs[1]]
    assert ordering.evened(own, "drop") == [[(0, False), (2, False)], [(1, False), (3, False)]]
    assert ordering.evened(own, "repeat")[1] == [(1, False), (3, False), (1, True)]


def test_below_stays_below():
    assert all(0 <= below(SEVEN.key("x/0"), n, 3) < 3 for n in range(100))

"""The normalised form of a variant: it says the same, and does not depend on how it is written."""

from hypothesis import given, settings
from hypothesis import strategies as st
from odd_alignments import PROFILE

from tiltyard.pipelines.alleles.variants.normalising import left_aligned, room, trimmed


class Letters:
    """Letters of a test, as a FASTA gives them."""

    def __init__(self, text):
        self.text = text

    def fetch(self, contig, start, end):
        return self.text[max(0, start) : end]


bases = st.text("ACGT", min_size=1, max_size=4)
repeats = st.builds(lambda a, unit, n, b: a + unit * n + b, bases, bases, st.integers(1, 6), bases)


def applied(text, variant):
    position, ref, alt, _ = variant
    assert text[position : position + len(ref)] == ref
    return text[:position] + alt + text[position + len(ref) :]


@st.composite
def variants(draw):
    text = draw(repeats)
    position = draw(st.integers(0, len(text) - 1))
    ref = text[position : position + draw(st.integers(1, 4))]
    alt = draw(st.one_of(bases, st.just(ref[:1]), st.builds(lambda more: ref[:1] + more, bases)))
    return text, position, ref, alt


@settings(**PROFILE)
@given(variants())
def test_the_normalised_form_says_the_same(made):
    text, position, ref, alt = made
    normal = left_aligned(trimmed(position, ref, alt), "c", Letters(text))
    if ref != alt:
        assert applied(text, normal) == text[:position] + alt + text[position + len(ref) :]


@settings(**PROFILE)
@given(variants())
def test_classes_are_of_the_trimmed_alleles(made):
    _, position, ref, alt = made
    _, ref, alt, kind = trimmed(position, ref, alt)
    shorter = min(len(ref), len(alt))
    if shorter > 1:
        assert ref[0] != alt[0]
        assert ref[-1] != alt[-1]
    if len(ref) == len(alt):
        assert kind == ("snp" if len(ref) == 1 else "mnp")
    elif shorter == 1 and ref[0] == alt[0]:
        assert kind == ("insertion" if len(ref) == 1 else "deletion")
    else:
        assert kind == "complex"


@settings(**PROFILE)
@given(repeats, st.integers(1, 4), st.data())
def test_all_places_of_an_indel_have_one_form(text, size, data):
    at = data.draw(st.integers(1, max(1, len(text) - size)))
    deleted = text[at : at + size]
    if len(deleted) < size:
        return
    rest = text[:at] + text[at + size :]
    same = [k for k in range(1, len(text) - size + 1) if text[:k] + text[k + size :] == rest]
    letters = Letters(text)
    forms = {
        left_aligned(trimmed(k - 1, text[k - 1 : k + size], text[k - 1]), "c", letters)
        for k in same
    }
    assert len(forms) == 1
    (form,) = forms
    assert form.position == same[0] - 1
    assert form.position + room(form, "c", letters) == same[-1] - 1


@settings(**PROFILE)
@given(repeats, bases, st.data())
def test_all_places_of_an_insertion_have_one_form(text, more, data):
    at = data.draw(st.integers(1, len(text)))
    longer = text[:at] + more + text[at:]
    places = range(1, len(text) + 1)
    same = [k for k in places if text[:k] + longer[k : k + len(more)] + text[k:] == longer]
    letters = Letters(text)
    forms = {
        left_aligned(
            trimmed(k - 1, text[k - 1], text[k - 1] + longer[k : k + len(more)]), "c", letters
        )
        for k in same
    }
    assert len(forms) == 1
    (form,) = forms
    assert form.position == same[0] - 1
    assert form.position + room(form, "c", letters) == same[-1] - 1


def test_a_long_repeat_is_followed_to_its_ends():
    letters = Letters("G" + "A" * 1000 + "C")
    form = left_aligned(trimmed(700, "AA", "A"), "c", letters)
    assert form == (0, "GA", "G", "deletion")
    assert room(form, "c", letters) == 999

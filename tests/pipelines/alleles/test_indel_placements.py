"""An indel counts the same wherever in its repeat the aligner put it."""

from counting import make
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alignments import Read
from odd_alignments import PROFILE
from test_implementations_agree import folder

from tiltyard.pipelines.alleles.implementations import implementations
from tiltyard.pipelines.alleles.options import Options

ANY = st.sampled_from(implementations())


@st.composite
def placements(draw):
    """An indel in a repeat: contig, reads with it wherever their bases allow, the variant."""
    unit = draw(st.text("ACGT", min_size=1, max_size=3))
    size = len(unit) * draw(st.integers(1, 2))
    run = (unit * 9)[: size + draw(st.integers(0, 7))]
    before, after = (draw(st.text("ACGT", min_size=6, max_size=9)) for _ in range(2))
    deletion = draw(st.booleans())
    letters = before + run + after
    at = len(before)
    more = letters[at : at + size]
    haplotype = before + run[size:] + after if deletion else before + more + run + after
    quality = draw(st.sampled_from((2, 30)))
    reads = []
    for place in range(1, len(haplotype) - (0 if deletion else size)):
        same = (
            letters[:place] + letters[place + size :]
            if deletion
            else letters[:place] + haplotype[place : place + size] + letters[place:]
        )
        rest = len(haplotype) - place - (0 if deletion else size)
        if same == haplotype and rest:
            cigar = (("M", place), ("D" if deletion else "I", size), ("M", rest))
            qualities = (quality,) * len(haplotype)
            reads.append(Read(f"p{place}", 1, cigar, haplotype, qualities))
    anchor = before[-1]
    variant = ("c", at, anchor + more, anchor) if deletion else ("c", at, anchor, anchor + more)
    return letters, tuple(reads), variant


@settings(max_examples=40, **PROFILE)
@given(placements(), ANY)
def test_an_indel_counts_wherever_the_aligner_put_it(made, implementation):
    letters, reads, variant = made
    with folder() as path:
        files = make(path, {"c": letters}, reads, [variant])
        found = files.table(implementation)
        depth, _, ref, _, alt, *_ = found.values[0, None]
        assert (depth, ref, alt) == (len(reads), 0, len(reads))
        as_given = files.table(implementation, Options(exact_cigar=True))
        assert as_given.field("alt_count") == [1]

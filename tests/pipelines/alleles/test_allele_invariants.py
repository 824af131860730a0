"""What holds for the counts of any alignments: sums, orders, and changes that change nothing."""

from dataclasses import replace
from itertools import groupby

import numpy as np
from counting import assert_same, make, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_alignments import Read, recompress, write_alignments
from odd_alignments import odd
from test_implementations_agree import OPTIONS, folder

from tiltyard.pipelines.alleles.counts import COUNTED
from tiltyard.pipelines.alleles.implementations import implementations
from tiltyard.pipelines.alleles.options import DROPPED, Options
from tiltyard.pipelines.alleles.sites import sites_of
from tiltyard.pipelines.alleles.variants.normalising import trimmed

ANY = st.sampled_from(implementations())
NORMAL = st.sampled_from([each for each in OPTIONS if not (each.by or each.by_read_group)])
GROUPS = (("a", "A"), ("b", "A"))
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
READS = ("depth", "depth_forward", "ref_count", "ref_forward", "alt_count", "alt_forward")
FRAGMENTS = ("fragment_depth", "fragment_ref", "fragment_alt")


def counted(made, implementation, options=None, reads=None, variants=None, groups=GROUPS):
    """Table of `made`, with other reads or variants if they are given."""
    reads = made.reads if reads is None else reads
    variants = made.variants if variants is None else variants
    with folder() as path:
        files = make(path, {"c": made.letters}, reads, variants, groups)
        return files.table(implementation, options or Options())


def fields(table, names):
    return {name: table.field(name) for name in names}


@few
@given(odd(), ANY, NORMAL)
def test_alleles_are_part_of_depth_and_reasons_add_up(made, implementation, options):
    found = counted(made, implementation, options)
    for values in found.values.values():
        depth, _, ref, _, alt, _, fragments, fragment_ref, fragment_alt = values
        assert depth >= ref + alt
        assert fragment_ref + fragment_alt <= fragments <= depth
    sites, rows = normal_forms(made)
    once = {int(site): found.values[row, None] for row, site in enumerate(rows)}
    reasons = found.all_reasons
    if options.left_align:
        assert sum(reasons[reason] for reason in COUNTED) == sum(v[0] for v in once.values())
        assert reasons["ref"] == sum(v[2] for v in once.values())
        assert reasons["alt"] == sum(v[4] for v in once.values())
        pairs = [(read, site.position + 1) for read in made.reads for site in sites]
        ends = [read.start + 1 if read.flag & 4 else read.end for read, _ in pairs]
        over = [read.start <= at < end for (read, at), end in zip(pairs, ends, strict=True)]
        assert reasons.total() == sum(over)


def normal_forms(made):
    with folder() as path:
        opened = make(path, {"c": made.letters}, (), made.variants).opened()
        return sites_of(opened.variants, opened.alignments[0], Options())


@few
@given(odd(), ANY)
def test_dropped_reads_change_no_count(made, implementation):
    extra = [replace(read, flag=read.flag | bit) for read in made.reads for bit in DROPPED]
    extra += [replace(read, mapq=19) for read in made.reads]
    extra += [replace(read, bases="", qualities=None) for read in made.reads]
    more = counted(made, implementation, reads=[*made.reads, *extra])
    assert more.values == counted(made, implementation).values


@few
@given(odd(variants=8), ANY, st.sampled_from(OPTIONS))
def test_a_site_s_counts_depend_on_no_other_site(made, implementation, options):
    groups = (("a", "A"), ("b", "B")) if options.by_read_group else GROUPS
    with folder() as path:
        opened = make(path, {"c": made.letters}, made.reads, made.variants, groups).opened(options)
        alignment = opened.alignments[0]
        sites, _ = sites_of(opened.variants, alignment, options)
        whole = implementation.count(alignment, sites, options)
        reasons = {}
        for number, site in enumerate(sites):
            alone = implementation.count(alignment, [site], options)
            here = whole.site == number
            assert np.array_equal(whole.values[here], alone.values)
            names = [whole.groups[group] for group in whole.group[here]]
            assert names == [alone.groups[group] for group in alone.group]
            for group, numbers in zip(alone.groups, alone.reasons, strict=True):
                reasons[group] = reasons.get(group, 0) + numbers
        for group, numbers in zip(whole.groups, whole.reasons, strict=True):
            assert not sites or np.array_equal(reasons[group], numbers)


@few
@given(odd(), odd(), ANY)
def test_a_file_s_rows_depend_on_no_other_file(made, other, implementation):
    with folder() as path:
        files = make(path, {"c": made.letters}, made.reads, made.variants, GROUPS)
        lengths = {"c": len(made.letters)}
        second = [read for read in other.reads if read.end <= len(made.letters)]
        beside = write_alignments(path / "t.bam", lengths, second, [("z", "Z")])
        opened = files.opened()
        alone = files.table(implementation)
        for names in ([files.alignments, beside], [beside, files.alignments]):
            both = [str(name) for name in names]
            found = open_all(both, files, opened.variants)
            mine = next(each for each in found.alignments if each.path == files.alignments)
            assert_same(table(implementation, mine, found.variants, Options()), alone)


def open_all(names, files, variants):
    from tiltyard.pipelines.alleles.opening import open_alignments

    return open_alignments(names, files.fasta, variants, Options())


@few
@given(odd(), ANY)
def test_the_three_alts_of_a_site_share_what_is_not_ref(made, implementation):
    positions = [(at, made.letters[at - 1]) for at in range(1, len(made.letters), 7)]
    alts = [
        ("c", at, ref, alt)
        for at, ref in positions
        if ref in "ACGT"
        for alt in "ACGT"
        if alt != ref
    ]
    found = counted(made, implementation, variants=alts)
    for _, rows in groupby(range(len(alts)), key=lambda row: alts[row][1]):
        values = [found.values[row, None] for row in rows]
        assert len({(each[0], each[2]) for each in values}) == 1
        assert sum(each[4] for each in values) <= values[0][0] - values[0][2]


@few
@given(odd(), ANY, st.randoms(use_true_random=False))
def test_permuted_and_doubled_variants_permute_and_double_rows(made, implementation, rng):
    expected = counted(made, implementation)
    order = [*range(len(made.variants))] * 2
    rng.shuffle(order)
    found = counted(made, implementation, variants=[made.variants[row] for row in order])
    for row, before in enumerate(order):
        assert found.values[row, None] == expected.values[before, None]
        assert found.kinds[row] == expected.kinds[before]
    assert found.all_reasons == expected.all_reasons


@few
@given(odd(), ANY, st.sampled_from(("min_mapq", "min_base_quality")))
def test_a_higher_threshold_never_raises_an_allele(made, implementation, threshold):
    most = None
    for value in (0, 20, 31, 255):
        found = counted(made, implementation, Options(**{threshold: value}))
        now = [np.array(found.field(name)) for name in READS]
        if most is not None:
            assert all((a <= b).all() for a, b in zip(now, most, strict=True))
        most = now


@few
@given(odd(), ANY)
def test_turned_reads_swap_forward_and_reverse(made, implementation):
    one = counted(made, implementation)
    turned = [replace(read, flag=read.flag ^ 0x10) for read in made.reads]
    other = counted(made, implementation, reads=turned)
    for total, forward in (READS[:2], READS[2:4], READS[4:]):
        reverse = np.array(one.field(total)) - np.array(one.field(forward))
        assert other.field(forward) == reverse.tolist()
    assert fields(one, ("depth", "ref_count", "alt_count", *FRAGMENTS)) == fields(
        other, ("depth", "ref_count", "alt_count", *FRAGMENTS)
    )


@few
@given(odd(), ANY)
def test_names_of_reads_say_only_which_belong_together(made, implementation):
    renamed = [replace(read, name=f"other {read.name} name"[:200]) for read in made.reads]
    expected = counted(made, implementation)
    assert_same(counted(made, implementation, reads=renamed), expected)
    distinct = [replace(read, name=f"r{n}") for n, read in enumerate(made.reads)]
    found = counted(made, implementation, reads=distinct)
    for reads, fragments in zip(("depth", "ref_count", "alt_count"), FRAGMENTS, strict=True):
        assert found.field(fragments) == found.field(reads)


def anchored_behind(ref, alt):
    """Whether the base that both alleles keep is behind the indel: `complex`, unless padded."""
    _, ref, alt, kind = trimmed(0, ref, alt)
    return kind == "complex" and ref[-1] == alt[-1]


@few
@given(odd(), ANY)
def test_padding_with_shared_bases_changes_nothing(made, implementation):
    def padded(contig, position, ref, alt):
        before = made.letters[max(0, position - 4) : position - 1]
        after = made.letters[position - 1 + len(ref) : position + 1 + len(ref)]
        if alt == "." or (before + after).strip("ACGT") or anchored_behind(ref, alt):
            return contig, position, ref, alt
        return contig, position - len(before), before + ref + after, before + alt + after

    variants = [padded(*variant) for variant in made.variants]
    assert_same(counted(made, implementation, variants=variants), counted(made, implementation))


def real_operations(read):
    return tuple((operation, length) for operation, length in read.cigar if length)


@few
@given(odd(), ANY, st.sampled_from((97, 511, 60_000)))
def test_the_container_changes_nothing(made, implementation, size):
    with folder() as path:
        files = make(path, {"c": made.letters}, made.reads, made.variants, GROUPS)
        expected = files.table(implementation)
        again = recompress(files.alignments, path / "again.bam", size)
        assert_same(replace(files, alignments=again).table(implementation), expected)
        if implementation.cram:
            lengths = {"c": len(made.letters)}
            # htslib writes operations of no length into a CRAM, and then cannot read them.
            reads = [replace(read, cigar=real_operations(read)) for read in made.reads]
            cram = write_alignments(path / "s.cram", lengths, reads, GROUPS, files.fasta)
            assert_same(replace(files, alignments=cram).table(implementation), expected)


@few
@given(odd(), ANY)
def test_counts_of_two_files_add_up_to_the_merged_one_s(made, implementation):
    whole = counted(made, implementation)
    parts = [counted(made, implementation, reads=made.reads[k::2]) for k in (0, 1)]
    for name in READS:
        sums = np.sum([part.field(name) for part in parts], axis=0)
        assert sums.tolist() == whole.field(name)
    assert parts[0].all_reasons + parts[1].all_reasons == whole.all_reasons


@few
@given(odd(), ANY, st.randoms(use_true_random=False))
def test_another_writing_of_a_cigar_changes_nothing(made, implementation, rng):
    def written(cigar):
        inner = []
        for operation, length in cigar:
            cut = rng.randint(0, length)
            names = [rng.choice("M=X") if operation in "M=X" else operation for _ in (0, 1)]
            inner += [(names[0], cut), ("P", rng.randint(0, 2)), (names[1], length - cut)]
        clips = [("H", 3)] if cigar[0][0] != "H" else []
        return (*clips, *inner)

    reads = [replace(read, cigar=written(read.cigar)) for read in made.reads]
    assert_same(counted(made, implementation, reads=reads), counted(made, implementation))


@few
@given(odd(), ANY, st.sampled_from((Options(by="CB"), Options(by_read_group=True))))
def test_rows_of_groups_add_up(made, implementation, options):
    apart = (("a", "A"), ("b", "B")) if options.by_read_group else GROUPS
    found = counted(made, implementation, options, groups=apart)
    whole = counted(made, implementation)
    assert fields(found, READS) == fields(whole, READS)
    assert found.all_reasons == whole.all_reasons


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


@settings(max_examples=40, deadline=None)
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

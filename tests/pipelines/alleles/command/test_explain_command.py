"""`tiltyard alleles explain`: each read with its reason, and sums that are the table's."""

import pandas as pd
import pytest
from commandline import tiltyard


def explained(place, variant, *more, check=True):
    return tiltyard(
        "alleles",
        "explain",
        "s1.bam",
        variant,
        "-f",
        "genome.fa",
        *more,
        cwd=place.folder,
        check=check,
    )


@pytest.mark.parametrize("kind", ["snp", "mnp", "insertion", "deletion", "complex"])
def test_the_sums_are_the_tables(place, kind):
    place.count()
    table = pd.read_csv(place / "t.tsv", sep="\t")
    row = table[(table["class"] == kind) & (table["sample"] == "s1")].iloc[0]
    said = explained(place, f"{row.contig}:{row.position}:{row['ref']}:{row.alt}").stdout
    reads, sums = said.split("\n\n")
    names, *lines = (line.split("\t") for line in reads.splitlines())
    assert names == ["read", "start", "cigar", "flag", "mapq", "bases", "quality", "reason"]
    found = pd.DataFrame(lines, columns=names)
    numbers = {
        name: int(number) for name, number in (line.split("\t") for line in sums.splitlines())
    }
    assert found["reason"].value_counts().to_dict() == {
        name: number for name, number in numbers.items() if name[0] != "="
    }
    assert numbers["= depth"] == row.depth
    assert numbers.get("ref", 0) == row.ref_count and numbers.get("alt", 0) == row.alt_count
    assert sum(numbers[f"= {name}"] for name in ("depth", "not observed", "dropped")) == len(found)
    assert found["start"].astype(int).is_monotonic_increasing
    covers = found["start"].astype(int) <= row.position
    assert covers.all()


def test_thresholds_are_those_of_counting(place):
    table = pd.read_csv(place / "truth.tsv", sep="\t")
    row = table[table["ref"].str.len() == 1].iloc[1]
    variant = f"{row.contig}:{row.position}:{row['ref']}:{row.alt}"
    everything = explained(place, variant, "--min-mapq", "255").stdout
    assert "= depth\t0" in everything and "\nmapq\t" in everything


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("c1:12", "'c1:12' is not a variant: write CONTIG:POS:REF:ALT"),
        ("c9:12:A:G", "Contig of c9:12:A:G that a file lacks"),
        ("c1:12:AAAA:G", "has:\n  c1:12:AAAA:G: the FASTA has"),
        ("c1:12:A:<DEL>", "cannot be counted: symbolic ALT"),
    ],
)
def test_what_is_no_variant_is_refused(place, variant, words):
    done = explained(place, variant, check=False)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr

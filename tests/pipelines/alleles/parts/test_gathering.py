"""One table of parts: the bytes of the whole, and no table where a part does not fit."""

import shutil

import pytest
from commandline import tiltyard

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.parts.origin import contig_group
from tiltyard.pipelines.alleles.parts.part import read_part

COMMON = ("-v", "example/variants.vcf", "-f", "example/genome.fa")
SAMPLES = ("s1", "s2")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Parts of two samples, one of them in three groups of two contigs; and the whole table."""
    folder = tmp_path_factory.mktemp("parts")
    tiltyard("alleles", "example", cwd=folder)
    part(folder, "s1", "1/1")
    for number in (1, 2, 3):
        part(folder, "s2", f"{number}/3")
    bams = [word for name in SAMPLES for word in ("-b", f"example/{name}.bam")]
    tiltyard("alleles", "count", *COMMON, *bams, "-o", "whole.tsv", cwd=folder)
    return folder


def part(folder, sample, group):
    path = f"parts/{sample}.{group.replace('/', '-of-')}.part"
    words = ("-b", f"example/{sample}.bam", "--part", path, "--group", group)
    tiltyard("alleles", "count", *COMMON, *words, cwd=folder)


@pytest.fixture
def place(made, tmp_path):
    shutil.copytree(made / "parts", tmp_path / "parts")
    (tmp_path / "example").symlink_to(made / "example")
    return tmp_path


def gathered(folder, *more, samples=SAMPLES):
    bams = [word for name in samples for word in ("-b", f"example/{name}.bam")]
    words = ("alleles", "count", *COMMON, *bams, "--gather", "parts", "-o", "t.tsv", *more)
    return tiltyard(*words, cwd=folder, check=False)


def test_parts_make_the_same_table_as_one_run(made, place):
    assert gathered(place).returncode == 0
    assert (place / "t.tsv").read_bytes() == (made / "whole.tsv").read_bytes()


def test_a_part_more_of_an_empty_group_does_no_harm(made):
    contigs = [read_part(path).contigs for path in sorted((made / "parts").glob("s2*"))]
    assert sorted(contigs) == [(), ("c1",), ("c2",)]


def refused(folder, *words, samples=SAMPLES, more=()):
    done = gathered(folder, *more, samples=samples)
    assert done.returncode == 2 and not (folder / "t.tsv").exists()
    assert "Traceback" not in done.stderr
    for sentence in words:
        assert sentence in done.stderr
    return done.stderr


def test_a_gap_is_named(place):
    (place / "parts" / "s1.1-of-1.part").unlink()
    refused(place, "Contig that no part has, 2 times", "c1 of example/s1.bam, with 100 variants")


def test_an_overlap_is_named(place):
    part(place, "s2", "1/1")
    refused(
        place,
        "Contig that two parts have, 2 times",
        "parts/s2.1-of-3.part: c1 of example/s2.bam is in parts/s2.1-of-1.part",
    )


def test_a_foreign_sample_is_named(place):
    refused(place, "s2.1-of-3.part: no file has the sample 's2'", samples=("s1",))


def test_another_option_is_named(place):
    refused(place, "s1.1-of-1.part: min_mapq was 20, and is 30", more=("--min-mapq", "30"))


def test_another_version_of_a_file_is_named(made, place):
    (place / "example").unlink()
    shutil.copytree(made / "example", place / "example", copy_function=shutil.copy)  # younger
    said = refused(place, "Part that is not of this table, 4 times", "s1.1-of-1.part: ")
    assert "another alignment; another reference" in said


@pytest.mark.parametrize("damage", ["cut", "altered", "text"])
def test_a_damaged_part_is_named(place, damage):
    path = place / "parts" / "s1.1-of-1.part"
    content = path.read_bytes()
    altered = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    path.write_bytes({"cut": content[:-1], "altered": altered, "text": b"hello\n"}[damage])
    with pytest.raises(UnreadableFile):
        read_part(path)
    refused(place, "Part that cannot be read", "s1.1-of-1.part: ", "run its job again")


def test_a_part_is_of_one_file(place):
    bams = [word for name in SAMPLES for word in ("-b", f"example/{name}.bam")]
    words = ("alleles", "count", *COMMON, *bams, "--part", "p.part")
    done = tiltyard(*words, cwd=place, check=False)
    assert done.returncode == 2 and "a part is of one file, and 2 are given" in done.stderr


@pytest.mark.parametrize("groups", range(1, 8))
def test_groups_have_every_contig_once_and_are_of_like_size(groups):
    lengths = {"a": 100, "b": 90, "c": 60, "d": 50, "e": 40, "f": 10}
    sites = [Site(name, 5, "A", "G", "snp", 0) for name in "abcde"]
    found = [contig_group(sites, lengths, number, groups) for number in range(1, groups + 1)]
    assert sorted(contig for group in found for contig in group) == list("abcde")
    sizes = [sum(lengths[contig] for contig in group) for group in found]
    # Graham's bound for the longest first: 4/3 of what is best, which is at least the mean.
    assert max(sizes) <= 4 / 3 * max(sum(sizes) / groups, 100)

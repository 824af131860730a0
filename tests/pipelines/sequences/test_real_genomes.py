"""What the embedded classifier calls pieces of real genomes, and the table of it on the page."""

from collections import Counter

import pytest
from generators import generators

from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.training.genomes import Genome

#: Coliphages as those that it was trained on, and bacteria.
COLIPHAGES = ("phage:Bas64", "phage:Bas26", "phage:Bas48", "phix174")
BACTERIA = ("escherichia_coli", "helicobacter_pylori", "bacillus", "staphylococcus_aureus")


@pytest.fixture(scope="module")
def made():
    """The generator's module, and the calls of both windows."""
    with generators() as imported:
        module = imported("sequences_calls")
        yield module, {window: module.calls(window) for window in module.WINDOWS}


def test_every_chunk_of_every_genome_is_in_its_group(made):
    module, found = made
    for window, by_group in found.items():
        expected = Counter()
        for record in read_fasta(module.GENOMES / "genomes.fa.gz"):
            expected[record.name.split("|")[0]] += -(-len(record.sequence) // window)
        assert {group: own.total() for group, own in by_group.items()} == expected
        assert list(by_group) == list(module.labels())


def test_the_table_of_the_page_is_what_the_classifier_says(made, monkeypatch):
    module, found = made
    monkeypatch.setattr(module, "calls", found.get)
    text = module.PAGE.read_text(encoding="utf-8")
    table = text.split(module.BEGIN)[1].split(module.END)[0].strip()
    assert table == "\n".join(module.lines())


def test_coliphages_are_told_from_bacteria_and_not_all_else_is(made):
    module, found = made
    labels = module.labels()
    for by_group in found.values():
        rights = {group: module.right(own, labels[group]) for group, own in by_group.items()}
        phages, bacteria = ([rights[one] for one in own] for own in (COLIPHAGES, BACTERIA))
        assert min(phages) > 0.9 and sum(bacteria) / len(bacteria) > 0.7
        # Its limits, which every output states.
        assert rights["feline_panleukopenia"] < 0.6 > rights["arabidopsis_nuclear"]
    # What is called otherwise than it is lowers the share.
    assert module.right(Counter(virus=1, others=3), "virus") == 0.25
    assert module.right(Counter(virus=1, others=3, nothing=9), "others") == 0.75


def test_groups_that_it_never_saw_are_named_so(made):
    module, _ = made
    unseen = {group for group in module.labels() if not module.held_out(group, 500)}
    assert unseen == {"feline_panleukopenia", "yersinia_plasmid", "arabidopsis_nuclear"}
    assert float(module.held_out("hiv1", 500)) < 0.5


def test_pieces_are_from_the_middle_and_within_the_most_of_a_group(made):
    module, _ = made
    letters = bytes(range(65, 91)) * 4000

    def genome(group, *sequences):
        return Genome(True, group, "made", module.GENOMES, "", list(sequences))

    given = [genome("a", letters[:90_000], letters[:299], letters), genome("b", letters[:500])]
    found = list(module.pieces(given))
    assert [name for name, _ in found] == ["a|1", "a|2", "b|1"]
    assert [len(piece) for _, piece in found] == [30_000, 15_000, 500]
    assert found[0][1] == letters[30_000:60_000] and found[2][1] == letters[:500]

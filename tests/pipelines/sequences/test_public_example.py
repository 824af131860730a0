"""The public system's example, and seeded contigs whose answers another implementation gave."""

import csv
from pathlib import Path

import pytest
from sequence_reading import rules

from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.pieces import chunks_of_record
from tiltyard.pipelines.sequences.predicting.framing import frame_row
from tiltyard.pipelines.sequences.rule.calling import Scores, consensus
from tiltyard.pipelines.sequences.steps import consensus_file
from tiltyard.pipelines.sequences.tables import PREDICTED, rows, table
from tiltyard.pipelines.sequences.translating import NAMES, translation

PUBLIC = Path(__file__).with_name("public")
SEEDED = Path(__file__).with_name("seeded")
EXAMPLES = ("test_with_orfs", "test_fixed_500bp")


def pairs(path, **choices):
    return [(one.name, one.sequence.decode()) for one in read_fasta(path, **choices)]


def framed(path, way, name, window):
    """Chunks, and rows of frames with their nucleotides and proteins."""
    chosen = rules(name, window)
    chunks = [one for record in read_fasta(path) for one in chunks_of_record(record, chosen)]
    read = translation(way)([one.letters for one in chunks], chosen)
    frames = [
        (frame_row(chunk, frame), frame.nucleotides.decode(), frame.protein.decode())
        for chunk, (kept, _) in zip(chunks, read, strict=True)
        for frame in kept
    ]
    return chunks, [len(kept) for kept, _ in read], frames


@pytest.mark.parametrize("way", NAMES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_chunks_frames_and_proteins_of_the_public_example(example, way):
    source = PUBLIC / f"{example}.fa"
    chunks, _, frames = framed(source, way, "virnucpro", 500)
    found = [(one.name, one.letters.decode()) for one in chunks]
    assert found == pairs(PUBLIC / f"{example}.chunks.fa")
    nucleotides = [(row[0], text) for row, text, _ in frames]
    proteins = [(row[0], text) for row, _, text in frames]
    assert nucleotides == pairs(PUBLIC / f"{example}.nucleotide.fa") and len(frames) == 4
    assert proteins == pairs(PUBLIC / f"{example}.protein.fa", protein=True)
    _, _, exact = framed(source, way, "exact", 500)
    assert [(row[0], text) for row, _, text in exact] == proteins
    shorter = [len(one[1]) - len(two[1]) for one, two in zip(nucleotides, exact, strict=True)]
    assert set(shorter) == {0, 1} and sum(shorter) == 2


@pytest.mark.parametrize("way", NAMES)
@pytest.mark.parametrize("name", ["exact", "virnucpro"])
def test_chunks_and_frames_of_seeded_contigs(name, way):
    chunks, counts, frames = framed(SEEDED / "seeded.fa", way, name, 300)
    with (SEEDED / f"seeded.{name}.300.chunks.tsv").open() as file:
        expected = list(csv.reader(file, delimiter="\t"))[1:]
    assert expected == [
        [one.name, str(one.start + 1), str(one.end), str(count)]
        for one, count in zip(chunks, counts, strict=True)
    ]
    with (SEEDED / f"seeded.{name}.300.tsv").open() as file:
        expected = list(csv.reader(file, delimiter="\t"))[1:]
    assert expected == [
        [row[0], *map(str, row[4:8]), nucleotides, protein] for row, nucleotides, protein in frames
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_consensus_of_the_public_scores(example, tmp_path):
    found = {}
    with (PUBLIC / f"{example}.scores.tsv").open() as file:
        scored = list(csv.DictReader(file, delimiter="\t"))
    predictions = tmp_path / "p.tsv"
    with table(predictions, PREDICTED) as lines:
        for row in scored:
            one = Scores(float(row["score1"]), float(row["score2"]))
            assert one.prediction == row["Prediction"]
            chunk = row["Sequence_ID"][:-2]
            found.setdefault(chunk, []).append(one)
            lines.add(row["Sequence_ID"], one.prediction, one.others, one.virus)
    with (PUBLIC / f"{example}.consensus.tsv").open() as file:
        expected = {
            row["Modified_ID"]: row["Is_Virus"] for row in csv.DictReader(file, delimiter="\t")
        }
    assert {name: str(consensus(own).is_virus) for name, own in found.items()} == expected
    if "orfs" in example:
        assert consensus(found["synthetic_seq_2_chunk_1"]) == Scores(0.5501341, 0.93954605)
    consensus_file(predictions, tmp_path / "c.tsv", None)
    own = {row["chunk_id"]: row["is_virus"].title() for row in rows(tmp_path / "c.tsv", ())}
    assert own == expected

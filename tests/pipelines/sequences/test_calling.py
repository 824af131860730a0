"""Names, consensus of a chunk, call of a contig, regions."""

import pytest

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.naming import chunk_name, place_of
from tiltyard.pipelines.sequences.rule.calling import Scores, Thresholds, call, consensus, regions

EXAMPLE = [Scores(0.1, 0.9), Scores(0.2, 0.8), Scores(0.7, 0.3)]


@pytest.mark.parametrize("contig", ["a", "x/y|z", "k_chunk_2F1", "k_chunk_2", "_chunk_1", "a b"])
def test_names_are_taken_apart_from_the_right(contig):
    for frame in ("", "F1", "R3"):
        found = place_of(chunk_name(contig, 12) + frame)
        assert (found.contig, found.chunk, found.frame) == (contig, 12, frame)
        assert found.chunk_name == f"{contig}_chunk_12"


@pytest.mark.parametrize("name", ["a", "a_chunk_", "_chunk_1", "a_chunk_1F4", "a_chunk_1f1"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="is no name of a chunk"):
        place_of(name)


def test_consensus_takes_the_highest_of_each_and_a_tie_is_virus():
    both = consensus([Scores(0.9, 0.1), Scores(0.4, 0.6)])
    assert both == Scores(0.9, 0.6) and not both.is_virus
    assert consensus([Scores(0.5, 0.5)]).is_virus
    assert Scores(0.5, 0.5).prediction == "others" and Scores(0.4, 0.6).prediction == "virus"


def test_a_contig_is_called_from_its_scored_chunks():
    found = call(EXAMPLE, Thresholds())
    assert found.share == pytest.approx(2 / 3) and found.mean == pytest.approx(2 / 3)
    assert (found.least, found.most, found.is_virus, found.status) == (0.3, 0.9, True, "ok")
    for thresholds in (Thresholds(min_share=0.7), Thresholds(min_score=0.7)):
        assert call(EXAMPLE, thresholds).is_virus is False
    few = call(EXAMPLE, Thresholds(min_chunks=4))
    assert (few.is_virus, few.status, few.scored, few.virus) == (None, "few_chunks", 3, 2)
    assert call([*EXAMPLE, "ambiguous"], Thresholds()).share == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        ([], "empty"),
        (["too_short"], "too_short"),
        (["too_short", "no_open_frame", "ambiguous"], "ambiguous"),
        (["too_short", "no_open_frame", "failed"], "no_open_frame"),
        (["failed"], "failed"),
        (["no_protein_embedding"], "failed"),
    ],
)
def test_contigs_without_a_scored_chunk_say_why(chunks, status):
    found = call(chunks, Thresholds())
    assert (found.status, found.chunks, found.scored) == (status, len(chunks), 0)
    assert found.is_virus is None and found.share is None


def test_regions_join_what_touches_or_overlaps():
    assert regions([(0, 500), (333, 833), (1001, 1501)]) == [(0, 833), (1001, 1501)]
    assert regions([(0, 500), (500, 1000)]) == [(0, 1000)]
    assert regions([]) == []

"""Vectors joined by name, whatever their order; what is left out is named."""

import numpy as np
import pytest

from tiltyard.pipelines.sequences.embedding.files import write_vectors
from tiltyard.pipelines.sequences.embedding.running import Embedded
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.merging import merge_files, merged, read_merged

NAMES = [f"c_chunk_{number}F1" for number in range(6)]


def vectors(names, width, seed=1):
    """Vectors that follow the name, not the place."""
    return np.array(
        [np.random.default_rng([seed, int(name[8])]).standard_normal(width) for name in names],
        np.float32,
    ).reshape(len(names), width)


def write(path, names, width, seed):
    own = vectors(names, width, seed)
    lengths = np.ones(len(names), np.int32)
    write_vectors(path, names, lengths, Embedded(own, lengths, lengths == 0), {"model": str(seed)})
    return path


def test_rows_follow_the_names_of_the_first_file(tmp_path):
    first = write(tmp_path / "n", NAMES, 3, 1)
    orders = (NAMES, NAMES[::-1], [NAMES[place] for place in (3, 0, 5, 1, 4, 2)])
    outcomes = []
    for number, order in enumerate(orders):
        second = write(tmp_path / f"p{number}", order, 2, 2)
        target = tmp_path / f"m{number}"
        assert merge_files({"nucleotide": first, "protein": second}, target).missing == []
        outcomes.append(target.read_bytes())
    assert len(set(outcomes)) == 1
    names, found = read_merged(tmp_path / "m2")
    assert names == NAMES and list(found) == ["nucleotide", "protein"]
    assert np.array_equal(found["nucleotide"], vectors(NAMES, 3, 1))
    assert np.array_equal(found["protein"], vectors(NAMES, 2, 2))


def test_joining_by_place_would_be_seen():
    both = {
        "nucleotide": (NAMES, vectors(NAMES, 2)),
        "protein": (NAMES[::-1], vectors(NAMES[::-1], 2)),
    }
    found = merged(both).vectors
    assert np.array_equal(found["nucleotide"], found["protein"])
    assert not np.array_equal(both["nucleotide"][1], both["protein"][1])


def test_names_of_one_file_alone_are_named_and_the_others_are_right(tmp_path):
    first = write(tmp_path / "n", NAMES[:5], 3, 1)
    second = write(tmp_path / "p", [NAMES[0], NAMES[5], *NAMES[2:5]], 2, 2)
    found = merge_files({"nucleotide": first, "protein": second}, tmp_path / "m")
    assert found.missing == [
        (NAMES[1], "no_protein_embedding"),
        (NAMES[5], "no_nucleotide_embedding"),
    ]
    assert found.names == [NAMES[0], *NAMES[2:5]]
    assert np.array_equal(found.vectors["protein"], vectors(found.names, 2, 2))
    before = (tmp_path / "m").stat().st_mtime_ns
    again = merge_files({"nucleotide": first, "protein": second}, tmp_path / "m")
    assert (tmp_path / "m").stat().st_mtime_ns == before
    assert (again.names, again.missing) == (found.names, found.missing)
    write(tmp_path / "p", NAMES[:5], 2, 3)
    changed = merge_files({"nucleotide": first, "protein": tmp_path / "p"}, tmp_path / "m")
    assert changed.missing == [] and len(changed.names) == 5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_named(value):
    own = vectors(NAMES, 2)
    own[2, 1] = value
    for bad in ("nucleotide", "protein"):
        both = {kind: (NAMES, vectors(NAMES, 2)) for kind in ("nucleotide", "protein")}
        both[bad] = (NAMES, own)
        found = merged(both)
        assert found.missing == [(NAMES[2], "non_finite")]
        assert found.names == NAMES[:2] + NAMES[3:]
        assert all(len(one) == 5 for one in found.vectors.values())


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    first = write(tmp_path / "n", NAMES, 3, 1)
    second = write(tmp_path / "p", [*NAMES[:5], NAMES[0]], 2, 2)
    with pytest.raises(InputError, match=r"the protein vectors have 'c_chunk_0F1' twice"):
        merge_files({"nucleotide": first, "protein": second}, tmp_path / "m")
    assert not (tmp_path / "m").exists()
    with pytest.raises(InputError, match="not written by `tiltyard sequences merge`"):
        read_merged(first)

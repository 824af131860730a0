"""`tiltyard spatial specificity`: the rule's scores on disk, whatever the settings and the file."""

import json
from collections import Counter

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_batches import Scored, agree, spots_of, tissue
from made_h5ad import scores, specificity, written

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.rule.formulas import FORMULAS
from tiltyard.pipelines.spatial.store import Store


@pytest.fixture(scope="module")
def made():
    found = tissue(150, 80, density=0.6)
    found.domains[found.domains == 5] = 0  # no small group
    return found


@pytest.fixture(scope="module")
def source(made, tmp_path_factory):
    return written(tmp_path_factory.mktemp("source") / "in.h5ad", made)


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    found = tmp_path_factory.mktemp("scores")
    done = specificity(source, found, "--min-group", "1")
    (found / "said").write_text(done.stderr)
    return found


def rows_of(folder):
    return np.frombuffer(scores(folder), np.uint16).reshape(-1, 80)


def test_scores_are_the_rules(made, folder):
    expected, cut = Scored(made.counts.toarray(), spots_of(made), FORMULAS["B"]).by("numpy-spot")
    agree(rows_of(folder), expected)
    found = json.loads((folder / "summary.json").read_text())
    assert found["saturated"] == cut and found["spots"] == {"kept": 150}
    ranks = np.frombuffer((folder / "ranks.u16").read_bytes(), np.uint16).reshape(150, 80)
    assert (ranks.sum(1, dtype=int) == 80 * 81).all()


def test_headers_say_what_the_files_are(folder):
    for part, kind in (("ranks", "<u2"), ("scores", "<f2")):
        header = json.loads((folder / f"{part}.json").read_text())
        assert header["complete"] and header["rows_done"] == 150
        assert header["dtype"] == kind and header["shape"] == [150, 80]
        assert len(header["sha256"]) == len(header["source_sha256"]) == 64
    assert sorted(path.name for path in folder.iterdir()) == [
        *("genes.txt", "ranks.json", "ranks.u16", "said", "scores.f16", "scores.json"),
        *("spots.parquet", "summary.json"),
    ]


def test_the_summary_names_stages_and_the_limit(folder, made):
    found = json.loads((folder / "summary.json").read_text())
    said = (folder / "said").read_text()
    assert set(found["annotations"]) == {f"d{one}" for one in made.domains}
    whole = found["all"]
    assert whole["spots"] == 150 and whole["limit"] in whole["stages"]
    assert whole["batches"] == sum(one["batches"] for one in found["annotations"].values())
    assert "all annotations" in said and f"{whole['limit']}: {whole['advice']}" in said


SETTINGS = (
    ("--batch", "7", "--rank-batch", "11"),
    ("--read-workers", "3", "--compute-workers", "2", "--write-workers", "2"),
    ("--compute-queue", "1", "--write-queue", "1", "--batch", "20", "--compute-workers", "1"),
    ("--memory", "20k", "--read-workers", "4"),
)


@pytest.mark.parametrize("words", SETTINGS, ids=" ".join)
def test_no_setting_of_the_work_changes_a_byte(source, folder, tmp_path, words):
    specificity(source, tmp_path, "--min-group", "1", *words)
    assert scores(tmp_path) == scores(folder)


def test_a_fast_disk_changes_no_byte_and_is_left_empty(source, folder, tmp_path):
    fast = tmp_path / "fast"
    left = fast / "tiltyard-1-1"  # of a run that was killed: process 1 started at another time
    left.mkdir(parents=True)
    (fast / "mine").write_text("kept")
    specificity(source, tmp_path / "out", "--min-group", "1", "--memmap-dir", str(fast))
    assert scores(tmp_path / "out") == scores(folder)
    assert [path.name for path in fast.iterdir()] == ["mine"]
    assert not list((tmp_path / "out").glob("*.part"))


def kinds(made):
    dense = made.counts.toarray()
    zeros = made.counts.copy()
    zeros.data[:5] = 0
    return {
        "dense": dense,
        "columns": made.counts.tocsc(),
        "float64": made.counts.astype(np.float64),
        "int16": made.counts.astype(np.int16),
        "unsigned": dense.astype(np.uint8),
        "a layer": made.counts,
    }


@pytest.mark.parametrize("kind", ["dense", "columns", "float64", "int16", "unsigned", "a layer"])
def test_however_counts_are_stored_the_bytes_are_the_same(made, folder, tmp_path, kind):
    path = written(tmp_path / "in.h5ad", made, matrix=kinds(made)[kind], layer=kind == "a layer")
    done = specificity(path, tmp_path / "out", "--min-group", "1")
    assert scores(tmp_path / "out") == scores(folder)
    assert ("it was turned beside the ranks" in done.stderr) == (kind == "columns")


def test_explicit_zeros_are_no_counts(made, tmp_path):
    zeros = made.counts.copy()
    zeros.data[::7] = 0
    without = zeros.copy()
    without.eliminate_zeros()
    for name, matrix in (("one", zeros), ("two", without)):
        written(tmp_path / f"{name}.h5ad", made, matrix=matrix)
        specificity(tmp_path / f"{name}.h5ad", tmp_path / name)
    assert scores(tmp_path / "one") == scores(tmp_path / "two")


def test_formula_a_without_mitochondria(made, tmp_path):
    genes = ["MT-1", "mt-2", *(f"g{gene}" for gene in range(78))]
    path = written(tmp_path / "in.h5ad", made, genes=genes)
    specificity(path, tmp_path / "out", "--formula", "A")
    store = Store(tmp_path / "out")
    assert store.genes == genes[2:]
    own = Scored(made.counts.toarray(), spots_of(made), FORMULAS["A"]).by("numpy-spot")[0]
    agree(store.read(0, 150).view(np.uint16), own[:, 2:])
    store.close()


def test_a_niche_counts_for_nothing_under_a(made, tmp_path):
    niche = np.random.default_rng(1).normal(size=(150, 3))
    path = written(tmp_path / "in.h5ad", made, obsm={"niche": niche})
    for name, words in (("one", ()), ("two", ("--niche", "niche"))):
        specificity(path, tmp_path / name, "--formula", "A", *words)
        specificity(path, tmp_path / f"{name}-b", "--min-group", "1", *words)
    assert scores(tmp_path / "one") == scores(tmp_path / "two")
    assert scores(tmp_path / "one-b") != scores(tmp_path / "two-b")


def test_slices_are_numbered_in_their_order(made, tmp_path):
    numbers = np.random.default_rng(2).integers(9, 12, 150)  # "10" is behind "9"
    path = written(tmp_path / "in.h5ad", made, columns={"slice": [str(one) for one in numbers]})
    specificity(path, tmp_path / "out", "--min-group", "1", "--slices", "slice")
    spots = spots_of(made, slices=numbers)
    agree(
        rows_of(tmp_path / "out"),
        Scored(made.counts.toarray(), spots, FORMULAS["B"]).by("numpy-spot")[0],
    )


def test_spots_are_left_out_for_the_first_reason(tmp_path):
    made = tissue(120, 60, density=0.7)
    counts = made.counts.toarray()
    counts[0] = 0
    counts[1] = np.arange(60) < 19
    counts[2] = np.arange(60) < 20
    groups = ["big"] * 100 + ["small"] * 20
    groups[3] = groups[0] = None
    path = written(tmp_path / "in.h5ad", made, matrix=counts, columns={"domain": groups})
    specificity(path, tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "spots.parquet")
    reasons = table["reason"].to_pylist()
    assert reasons[:4] == ["empty", "few_genes", "", "no_annotation"]
    assert Counter(reasons) == {
        "": 97,
        "small_group": 20,
        **dict.fromkeys(reasons[:2], 1),
        "no_annotation": 1,
    }
    rows = table["row"].to_numpy()
    assert (rows[[0, 1, 3, 110]] == -1).all() and sorted(rows)[-97:] == list(range(97))
    found = json.loads((tmp_path / "out" / "summary.json").read_text())["spots"]
    assert found == {"kept": 97, "empty": 1, "few_genes": 1, "no_annotation": 1, "small_group": 20}


def test_without_an_embedding_components_are_made(made, source, tmp_path):
    words = ("--annotation", "domain", "--min-group", "1")
    specificity(source, tmp_path / "one", *words, usual=False)
    specificity(source, tmp_path / "two", *words, "--batch", "9", usual=False)
    assert scores(tmp_path / "one") == scores(tmp_path / "two")
    refused = specificity(
        source, tmp_path / "three", *words, "--memory", "9k", usual=False, check=False
    )
    assert refused.returncode == 2 and "--memory (9,000 bytes)" in refused.stderr


def test_large_numbers_that_differ_have_unlike_ranks(made, tmp_path):
    counts = np.tile(np.arange(1.0, 81.0), (150, 1)) + 2.0**24
    path = written(tmp_path / "in.h5ad", made, matrix=counts)
    specificity(path, tmp_path / "out", "--min-group", "1")
    ranks = np.frombuffer((tmp_path / "out" / "ranks.u16").read_bytes(), np.uint16)
    assert (ranks.reshape(150, 80) == 2 * np.arange(1, 81)).all()


def test_copies_in_other_formats_have_the_same_numbers(made, source, folder, tmp_path):
    words = [word for name in ("h5ad", "parquet", "feather") for word in ("--format", name)]
    specificity(source, tmp_path, "--min-group", "1", *words)
    expected = rows_of(folder).view(np.float16).astype(np.float32)
    with h5py.File(tmp_path / "scores.h5ad") as file:
        assert (file["X"][()] == expected).all()
    table = pq.read_table(tmp_path / "scores.parquet")
    assert table.column_names[:2] == ["spot", "g0"] and table["spot"][3].as_py() == "s3"
    assert (np.column_stack([table[f"g{gene}"] for gene in range(80)]) == expected).all()
    with pa.ipc.open_file(tmp_path / "scores.feather") as file:
        table = file.read_all()
    assert table.column_names[:2] == ["HUMAN_GENE_SYM", "s0"]
    assert (np.column_stack([table[f"s{spot}"] for spot in range(150)]) == expected.T).all()


def broken(made, **changes):
    """Arguments of `written` for a file that cannot be used."""
    counts = made.counts.toarray()
    for value in changes.pop("counts", ()):
        counts[4, 6] = counts[9, 1] = value
    return {"matrix": counts, **changes}


REFUSED = {
    "2 counts are negative or no finite numbers, the first in spot 4, gene 6: nan": {
        "counts": [np.nan]
    },
    "2 counts are negative or no finite numbers, the first in spot 4, gene 6: -1.0": {
        "counts": [-1]
    },
    "1 genes are there twice, as twin; --duplicate-genes first": {
        "genes": ["twin", "twin", *(f"g{gene}" for gene in range(78))]
    },
    "1 names of spots are there twice, as s7": {
        "spots": ["s7", *(f"s{spot}" for spot in range(1, 150))]
    },
    "--coordinates spatial: has 1 columns, needs 2 or 3": {"obsm": {"spatial": np.zeros((150, 1))}},
    "--embedding emb: 150 values are no finite numbers, the first in spot 0, column 1": {
        "obsm": {"emb": np.column_stack([np.zeros(150), np.full(150, np.inf)])}
    },
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_used_is_refused_before_any_work(made, tmp_path, words):
    path = written(tmp_path / "in.h5ad", made, **broken(made, **REFUSED[words]))
    done = specificity(path, tmp_path / "out", check=False)
    assert done.returncode == 2 and words in done.stderr
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--layer", "raw"), "--layer raw: "),
        (("--coordinates", "xy"), "has no such entry in obsm; there are emb, spatial"),
        (("--annotation", "kind"), "has no such column in obs; there are domain"),
        (("--min-genes", "999"), "no spot is left (150 few_genes)"),
        (("--format", "csv"), "--format csv: write h5ad, parquet, feather"),
        (("--memory", "lots"), "--memory lots: write a number of bytes"),
        (("--read-workers", "0"), "--read-workers 0: needs a whole number from 1 to 128"),
    ],
)
def test_options_that_name_nothing_are_refused(source, tmp_path, words, said):
    done = specificity(source, tmp_path / "out", *words, check=False)
    assert done.returncode == 2 and said in done.stderr


def test_genes_of_the_same_name_can_be_added_or_left(made, tmp_path):
    genes = ["twin", "twin", *(f"g{gene}" for gene in range(2, 80))]
    path = written(tmp_path / "in.h5ad", made, genes=genes)
    counts = made.counts.toarray()
    summed = np.column_stack([counts[:, 0] + counts[:, 1], counts[:, 2:]])
    for how, own in (("first", np.delete(counts, 1, 1)), ("sum", summed)):
        specificity(path, tmp_path / how, "--duplicate-genes", how, "--min-group", "1")
        other = written(tmp_path / f"{how}.h5ad", made, matrix=own, genes=["twin", *genes[2:]])
        specificity(other, tmp_path / f"{how}-expected", "--min-group", "1")
        assert scores(tmp_path / how) == scores(tmp_path / f"{how}-expected")


def test_fractions_are_warned_of(made, tmp_path):
    path = written(tmp_path / "in.h5ad", made, matrix=made.counts * 0.5)
    done = specificity(path, tmp_path / "out")
    assert done.stderr.count("warning: X has counts that are no whole numbers") == 1


def test_finished_scores_are_left_alone_and_others_are_refused(source, folder, tmp_path):
    specificity(source, tmp_path, "--min-group", "1")
    before = (tmp_path / "scores.f16").stat().st_mtime_ns
    assert "nothing is left to do" in specificity(source, tmp_path, "--min-group", "1").stderr
    assert (tmp_path / "scores.f16").stat().st_mtime_ns == before
    done = specificity(source, tmp_path, "--candidates", "50", "--min-group", "1", check=False)
    assert done.returncode == 2 and "name another folder with --output" in done.stderr


def test_scores_that_are_not_whole_are_not_read(folder, source, tmp_path):
    specificity(source, tmp_path, "--min-group", "1")
    for change, said in (
        ({"complete": False, "rows_done": 7}, "7 of 150 rows are there"),
        ({"shape": [150, 81]}, "bytes, and scores.json says"),
        ({"genes_sha256": "x"}, "names of genes are not those of the scores"),
        ({"version": 9}, "has version 9, and 1 is read"),
        ({"format": "x"}, "is no header of scores"),
    ):
        path = tmp_path / "scores.json"
        text = path.read_text()
        path.write_text(json.dumps(json.loads(text) | change))
        with pytest.raises(InputError, match=said):
            Store(tmp_path)
        path.write_text(text)
    with pytest.raises(InputError, match=r"has no scores\.json"):
        Store(tmp_path / "none")

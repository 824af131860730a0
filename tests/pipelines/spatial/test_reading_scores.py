"""Scores in files of the public tools: `ldsc` says of them what it says of ours."""

import gzip
import json
import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from commandline import tiltyard
from scipy import sparse

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.h5ad.writing import write_h5ad
from tiltyard.pipelines.spatial.made_files import write_example
from tiltyard.pipelines.spatial.reading.opening import open_scores

SPOTS, GENES = 150, 120


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An example, its scores, and copies of them in every format that is written."""
    found = tmp_path_factory.mktemp("reading")
    write_example(found, SPOTS, GENES, 2600, seed=3)
    formats = [word for name in ("h5ad", "parquet", "feather") for word in ("--format", name)]
    tiltyard(
        *("spatial", "specificity", str(found / "tissue.h5ad"), "--embedding", "emb"),
        *("--annotation", "domain", "--output", str(found / "scores"), "--min-group", "1"),
        *("--min-genes", "1", "--quiet", *formats),
    )
    return found


@pytest.fixture(scope="module")
def ours(place):
    """Scores, names and annotation of the folder that we wrote."""
    store = open_scores(place / "scores")
    values = store.read(0, store.count)
    store.close()
    return values, store.spots, store.genes, store.annotation


def gsmap3d(folder, ours, *, kind="float16", complete=True, values=None):
    """The files that gsMap3D writes, with its names of spots; returns the folder."""
    scores, spots, genes, annotation = ours
    folder.mkdir(exist_ok=True)
    scores = scores if values is None else values
    scores.astype(kind).tofile(folder / "marker_scores.dat")
    meta = {"shape": list(scores.shape), "dtype": kind, "complete": complete}
    (folder / "marker_scores.meta.json").write_text(json.dumps(meta))
    write_h5ad(
        folder / "concatenated_latent_adata.h5ad",
        spots=[f"{name}|tissue" for name in spots],
        genes=genes,
        matrix=sparse.csr_matrix(scores.shape, dtype=np.float32),
        columns={"domain": annotation},
        obsm={},
    )
    return folder


def h5ad(path, ours, matrix):
    _, spots, genes, annotation = ours
    columns = {"annotation": annotation}
    write_h5ad(path, spots=spots, genes=genes, matrix=matrix, columns=columns, obsm={})
    return path


def read(path, annotation=""):
    """All that is read, in pieces that begin anywhere."""
    store = open_scores(path, annotation)
    try:
        bounds = [0, 1, 64, 65, 128, store.count]
        parts = [store.read(a, z) for a, z in pairwise(bounds)]
        return np.concatenate(parts), store
    finally:
        store.close()


def files(place, ours, tmp_path):
    """Every form -> its path."""
    values, spots, genes, _ = ours
    frame = pd.DataFrame(values.astype(np.float32), columns=genes)
    frame.insert(0, "index", spots)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, tmp_path / "groups.parquet", row_group_size=40)
    pyarrow.feather.write_feather(table, tmp_path / "rows.feather", chunksize=33)
    turned = frame.set_index("index").T.rename_axis("HUMAN_GENE_SYM").reset_index()
    turned.columns.name = None
    pyarrow.feather.write_feather(
        pa.Table.from_pandas(turned, preserve_index=False), tmp_path / "columns.feather"
    )
    return {
        "gsmap3d": gsmap3d(tmp_path / "latent_to_gene", ours),
        "gsmap3d's matrix": tmp_path / "latent_to_gene" / "marker_scores.dat",
        "gsmap3d's small file": tmp_path / "latent_to_gene" / "marker_scores.meta.json",
        "gsmap3d, 32 bits": gsmap3d(tmp_path / "singles", ours, kind="float32"),
        "our h5ad": place / "scores" / "scores.h5ad",
        "our parquet": place / "scores" / "scores.parquet",
        "our feather": place / "scores" / "scores.feather",
        "h5ad, dense": h5ad(tmp_path / "dense.h5ad", ours, values.astype(np.float32)),
        "h5ad, CSR": h5ad(
            tmp_path / "sparse.h5ad", ours, sparse.csr_matrix(values.astype(np.float32))
        ),
        "parquet in groups": tmp_path / "groups.parquet",
        "feather of spots": tmp_path / "rows.feather",
        "feather of genes": tmp_path / "columns.feather",
    }


def test_every_form_has_the_same_scores_and_names(place, ours, tmp_path):
    values, spots, genes, annotation = ours
    found = files(place, ours, tmp_path)
    assert len(set(found.values())) == len(found)
    for form, path in found.items():
        other, store = read(path)
        assert (other.astype(np.float16) == values).all(), form
        assert list(store.genes) == genes, form
        names = [f"{spot}|tissue" for spot in spots] if "gsmap3d" in form else spots
        assert list(store.spots) == names and store.count == SPOTS, form
        assert len(store.sha256) == 64 and len(store.spots_sha256) == 64
    assert read(found["gsmap3d"], "domain")[1].annotation == annotation
    assert read(found["our h5ad"])[1].annotation == annotation


@pytest.mark.parametrize("form", ["gsmap3d", "h5ad, CSR", "parquet in groups", "feather of genes"])
def test_results_and_combined_p_are_those_of_our_folder(place, ours, tmp_path, form):
    path = files(place, ours, tmp_path)[form]

    def results(scores, output):
        tiltyard(
            *("spatial", "ldsc", "--scores", str(scores), "--snp-gene", str(place / "map.h5ad")),
            *("--weights", str(place / "weights.l2.ldscore.gz"), "--trait", "height"),
            *("--sumstats", str(place / "height.sumstats.gz"), "--output", str(output)),
            *("--blocks", "20", "--threads", "1", "--quiet"),
        )
        text = gzip.decompress((output / f"spatial_height_cells_0_{SPOTS}.csv.gz").read_bytes())
        return [line.split(",", 1)[1] for line in text.decode().splitlines()]

    assert results(path, tmp_path / "b") == results(place / "scores", tmp_path / "a")
    parts = str(tmp_path / "b" / f"spatial_height_cells_0_{SPOTS}.csv.gz")
    tiltyard("spatial", "merge", parts, "--output", str(tmp_path / "b"))
    merged = str(tmp_path / "b" / "spatial_height.csv.gz")
    words = ("spatial", "combine", merged, "--scores", str(path), "--output")
    if form.endswith(("groups", "genes")):
        done = tiltyard(*words, str(tmp_path / "p.csv"), check=False)
        assert done.returncode == 2 and "has no annotation" in done.stderr
    else:
        more = ("--annotation", "domain") if form == "gsmap3d" else ()
        tiltyard(*words, str(tmp_path / "p.csv"), *more)
        found = pd.read_csv(tmp_path / "p.csv")
        assert sorted(found["annotation"]) == sorted(set(ours[3]))
        assert found["p_cauchy"].between(0, 1).all() and found["spots"].sum() == SPOTS


def test_ranges_of_scores_of_others_are_one_run(place, ours, tmp_path):
    path = gsmap3d(tmp_path / "latent_to_gene", ours)

    def run(output, *words):
        tiltyard(
            *("spatial", "ldsc", "--scores", str(path), "--snp-gene", str(place / "map.h5ad")),
            *("--weights", str(place / "weights.l2.ldscore.gz"), "--trait", "height"),
            *("--sumstats", str(place / "height.sumstats.gz"), "--output", str(output)),
            *("--blocks", "20", "--threads", "2", "--quiet", *words),
        )

    run(tmp_path / "whole")
    run(tmp_path / "parts", "--cells", "0:70")
    run(tmp_path / "parts", "--cells", "70:150")
    parts = map(str, (tmp_path / "parts").glob("*_cells_*.csv.gz"))
    tiltyard("spatial", "merge", *parts, "--output", str(tmp_path / "parts"))
    whole = (tmp_path / "whole" / f"spatial_height_cells_0_{SPOTS}.csv.gz").read_bytes()
    merged = (tmp_path / "parts" / "spatial_height.csv.gz").read_bytes()
    assert gzip.decompress(merged) == gzip.decompress(whole)


def refused(path, words, annotation=""):
    with pytest.raises(InputError, match=words):
        read(path, annotation)


def test_what_is_not_whole_or_does_not_fit_is_refused(ours, tmp_path):
    folder = gsmap3d(tmp_path / "a", ours, complete=False)
    refused(folder, "marker_scores.meta.json: the scores are not complete")
    folder = gsmap3d(tmp_path / "b", ours)
    data = folder / "marker_scores.dat"
    data.write_bytes(data.read_bytes()[:-2])
    refused(folder, "has 35,998 bytes, needs 36,000")
    folder = gsmap3d(tmp_path / "c", ours, values=ours[0][:149])
    refused(folder, "149 × 120 scores, and .* has 150 spots and 120 genes")
    folder = gsmap3d(tmp_path / "d", ours)
    meta = folder / "marker_scores.meta.json"
    meta.write_text(meta.read_text().replace("float16", "int16"))
    refused(folder, "has type 'int16'; scores are float16")
    (folder / "concatenated_latent_adata.h5ad").unlink()
    meta.write_text("{}")
    refused(folder, "marker_scores.meta.json cannot be read: 'shape'")
    refused(gsmap3d(tmp_path / "e", ours), "has no such column", "organ")
    store = open_scores(tmp_path / "e")
    with pytest.raises(InputError, match="Name it with --annotation: domain"):
        store.annotation  # noqa: B018 - it is read only where it is needed
    store.close()


@pytest.mark.parametrize(("value", "shown"), [(np.inf, "inf"), (np.nan, "nan"), (-1, "-1.0")])
def test_values_that_are_no_scores_are_named(ours, tmp_path, value, shown):
    wrong = ours[0].copy()
    wrong[70, 5] = value
    for path in (
        gsmap3d(tmp_path / "a", ours, values=wrong),
        h5ad(tmp_path / "a.h5ad", ours, wrong.astype(np.float32)),
    ):
        refused(path, rf"spot spot\d+(\|tissue)?, gene GENE5: {shown} is no score")


def test_tables_that_are_none_are_refused(place, ours, tmp_path):
    values, spots, genes, _ = ours
    refused(h5ad(tmp_path / "c.h5ad", ours, sparse.csc_matrix(values.astype(float))), "CSC")
    refused(place, "has no scores: name a folder that `tiltyard spatial specificity --output`")
    refused(tmp_path / "none.parquet", "there is no file")
    wrong = pa.table({"gene0": values[:, 0].astype(np.float32), "gene1": spots})
    pq.write_table(wrong, tmp_path / "w.parquet")
    refused(tmp_path / "w.parquet", "the first column, gene0, has type float")
    pq.write_table(pa.table({"spot": spots, "gene0": spots}), tmp_path / "x.parquet")
    refused(tmp_path / "x.parquet", "the column gene0 has type string")
    (tmp_path / "y.feather").write_text("spot gene0\n")
    refused(tmp_path / "y.feather", "cannot be read as a table")
    refused(place / "scores" / "scores.parquet", "has scores alone", "domain")
    refused(place / "scores", "says which annotation it has", "domain")
    twice = [genes[0], *genes[:-1]]
    write_h5ad(tmp_path / "t.h5ad", spots=spots, genes=twice, matrix=values, columns={}, obsm={})
    refused(tmp_path / "t.h5ad", "genes that are there twice: GENE0")


def test_a_workflow_takes_scores_of_others(place, ours, tmp_path):
    from tiltyard.pipelines.spatial.workflow import read_plan

    folder = gsmap3d(tmp_path / "latent_to_gene", ours)
    shutil.copy(place / "height.sumstats.gz", tmp_path)
    plan = read_plan(
        {
            "scores": str(folder),
            "traits": {"height": str(tmp_path / "height.sumstats.gz")},
            "output": "results",
            "options": f"--snp-gene {place}/map.h5ad --weights {place}/weights.l2.ldscore.gz",
            "cells": 100,
        }
    )
    assert plan.ranges == [(0, 100), (100, 150)]
    assert plan.header == str(folder / "marker_scores.meta.json")

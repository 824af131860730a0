"""`tiltyard spatial ldsc`, `merge`, `combine`: the rule's numbers, and every SNP accounted for."""

import gzip
import json
import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commandline import tiltyard

from tiltyard.pipelines.spatial.heritability.prepared import Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.made_files import write_example
from tiltyard.pipelines.spatial.rule.combining import cauchy
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.snps.mapping import read_map
from tiltyard.pipelines.spatial.store import Store

SNPS = 2600


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An example, and its scores."""
    found = tmp_path_factory.mktemp("ldsc")
    write_example(found, 150, 120, SNPS, seed=3)
    tiltyard(
        *("spatial", "specificity", str(found / "tissue.h5ad"), "--embedding", "emb"),
        *("--annotation", "domain", "--output", str(found / "scores"), "--min-group", "1"),
        *("--min-genes", "1", "--quiet"),
    )
    return found


def ldsc(place, output, *words, check=True, **changed):
    given = {
        "scores": place / "scores",
        "snp-gene": place / "map.h5ad",
        "weights": place / "weights.l2.ldscore.gz",
        "baseline": place / "baseline.l2.ldscore.gz",
        "sumstats": place / "height.sumstats.gz",
        "trait": "height",
        "output": output,
        "blocks": 20,
        "threads": 1,
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    return tiltyard("spatial", "ldsc", *options, *words, check=check)


def merge(folder, *paths, check=True):
    parts = paths or sorted(folder.glob("*_cells_*.csv.gz"))
    return tiltyard(*("spatial", "merge", *map(str, parts), "--output", str(folder)), check=check)


def rows(path):
    return gzip.decompress(path.read_bytes()).decode().splitlines()


@pytest.fixture(scope="module")
def whole(place, tmp_path_factory):
    found = tmp_path_factory.mktemp("whole")
    ldsc(place, found)
    return found / "spatial_height_cells_0_150.csv.gz"


def expected(place):
    """The rule's estimates from the files themselves."""
    baseline = pd.read_csv(place / "baseline.l2.ldscore.gz", sep="\t")
    weights = pd.read_csv(place / "weights.l2.ldscore.gz", sep="\t")["L2"].to_numpy()
    stats = pd.read_csv(place / "height.sumstats.gz", sep="\t")
    samples = stats["N"].to_numpy(float)
    chi2 = stats["Z"].to_numpy() ** 2
    kept = chi2 < max(0.001 * samples.max(), 80)
    trait = Trait(
        *(baseline[["base", "all_gene"]].to_numpy()[kept], chi2[kept], samples[kept]),
        *(weights[kept], 20),
    )
    snps, store = read_map(place / "map.h5ad"), Store(place / "scores")
    scores = store.read(0, 150).astype(np.float32)
    store.close()
    prepared = Prepared(trait, snps.weights[kept][:, :-1].tocsr())
    return way("numpy-spot").regressor(prepared, 64)(scores)


def test_numbers_are_the_rules(place, whole):
    right, found = expected(place), pd.read_csv(whole)
    assert found.columns.tolist() == [
        *("spot", "beta", "se", "z", "p", "neg_log10_p", "h2_weight", "h2", "status")
    ]
    assert found["spot"].tolist() == [f"spot{one}" for one in range(150)]
    assert np.abs((found["beta"] - right.beta) / right.se).max() <= 1e-4
    assert found["se"].to_numpy() == pytest.approx(right.se, rel=1e-4)
    assert found["h2_weight"].to_numpy() == pytest.approx(right.h2_weight, rel=1e-8)
    assert found["h2"].to_numpy() == pytest.approx(right.h2_weight * SNPS * 14 / 1e4, rel=1e-8)
    assert (found["p"] < 0.5).equals(found["z"] > 0)
    assert found["neg_log10_p"].to_numpy() == pytest.approx(
        -np.log10(found["p"]), rel=1e-7, abs=1e-9
    )


def test_64_bits_are_the_rules_to_all_digits_that_are_written(place, tmp_path):
    ldsc(place, tmp_path, precision=64)
    found, right = pd.read_csv(tmp_path / "spatial_height_cells_0_150.csv.gz"), expected(place)
    assert found["beta"].to_numpy() == pytest.approx(right.beta, rel=2e-8, abs=1e-17)


@pytest.mark.parametrize("cuts", [(64, 128), (100,), (1, 63, 65)])
def test_ranges_one_after_the_other_are_one_run(place, whole, tmp_path, cuts):
    bounds = [0, *cuts, 999]
    for first, last in pairwise(bounds):
        ldsc(place, tmp_path, cells=f"{first}:{last}")
    merge(tmp_path)
    assert rows(tmp_path / "spatial_height.csv.gz") == rows(whole)


def test_threads_change_no_byte(place, whole, tmp_path):
    ldsc(place, tmp_path, threads=3)
    assert (tmp_path / whole.name).read_bytes() == whole.read_bytes()


def test_gaps_overlaps_and_unlike_parts_are_refused_and_listed(place, tmp_path):
    for cells in ("0:100", "90:150", "120:150"):
        ldsc(place, tmp_path, cells=cells)
    first, early, late = (
        tmp_path / f"spatial_height_cells_{cells}.csv.gz"
        for cells in ("0_100", "90_150", "120_150")
    )
    done = merge(tmp_path, first, late, check=False)
    assert done.returncode == 4 and "gap: spots 100:120, before" in done.stderr
    done = merge(tmp_path, late, first, early, check=False)
    assert done.returncode == 4 and done.stderr.count("overlap: spots ") == 2
    assert "overlap: spots 90:100, spatial_height_cells_0_100.csv.gz and" in done.stderr
    done = merge(tmp_path, early, check=False)
    assert done.returncode == 4 and "gap: spots 0:90" in done.stderr
    done = merge(tmp_path, first, check=False)
    assert done.returncode == 4 and "gap: spots 100:150, behind" in done.stderr
    ldsc(place, tmp_path, cells="100:150", precision=64)
    done = merge(tmp_path, first, tmp_path / "spatial_height_cells_100_150.csv.gz", check=False)
    assert done.returncode == 4 and "parameters differs" in done.stderr
    assert not (tmp_path / "spatial_height.csv.gz").exists()


def test_ranges_are_sorted_by_number_not_by_name(place, whole, tmp_path):
    for cells in ("0:2", "2:10", "10:150"):
        ldsc(place, tmp_path, cells=cells)
    parts = sorted(tmp_path.glob("*_cells_*.csv.gz"))
    assert [path.name.split("_")[3] for path in parts] == ["0", "10", "2"]
    merge(tmp_path, *parts)
    assert rows(tmp_path / "spatial_height.csv.gz") == rows(whole)


def test_combining_is_cauchys_of_each_annotation(place, whole, tmp_path):
    shutil.copy(whole, tmp_path)
    shutil.copy(whole.with_name(whole.name.replace("csv.gz", "json")), tmp_path)
    merge(tmp_path, tmp_path / whole.name)
    table = tmp_path / "out.csv"
    words = ("--scores", str(place / "scores"), "--output", str(table))
    one = str(tmp_path / "spatial_height.csv.gz")
    tiltyard("spatial", "combine", one, *words)
    found, spots = pd.read_csv(table), pd.read_csv(whole)
    names = pq.read_table(place / "scores" / "spots.parquet")["annotation"].to_pylist()
    for row in found.itertuples():
        p = spots["p"][np.array(names) == row.annotation].to_numpy()
        combined, dropped = cauchy(p)
        assert (row.samples, row.spots, row.dropped) == (1, len(p), dropped)
        assert row.p_cauchy == pytest.approx(combined, rel=1e-9)
        assert row.p_median == pytest.approx(np.median(p))
    tiltyard("spatial", "combine", one, one, *words)
    twice = pd.read_csv(table)
    assert (twice["spots"] == 2 * found["spots"]).all() and (twice["samples"] == 2).all()
    assert len(pd.read_csv(tmp_path / "out.samples.csv")) == 2 * len(found)
    done = tiltyard("spatial", "combine", str(whole), *words, check=True)
    assert done.returncode == 0


def stats(tmp_path, rows_of, name="height.sumstats"):
    path = tmp_path / name
    path.write_text("\n".join("\t".join(map(str, row)) for row in rows_of) + "\n")
    return path


def table_of(place):
    """Rows of the statistics, the heading first."""
    return [line.split("\t") for line in rows(place / "height.sumstats.gz")]


def dropped(folder):
    return json.loads((folder / "spatial_height_cells_0_150.snps.json").read_text())


def test_every_snp_is_used_or_counted_once(place, tmp_path):
    heading, *lines = table_of(place)
    lines[0][2], lines[1][2], lines[2][1], lines[3][2] = ".", "NA", "0", "9999"
    lines += [list(lines[7]), ["rs999999", "1000", "1"]]
    path = stats(tmp_path, [heading, *lines])
    ldsc(place, tmp_path, sumstats=path)
    plain = tmp_path / "plain"
    ldsc(place, plain)
    usual, found = dropped(plain), dropped(tmp_path)
    expected = {"missing": 3, "duplicate": 1, "chi2": 1 + usual["dropped"]["chi2"]}
    assert found["dropped"] == usual["dropped"] | expected | {"not_in_baseline": 1}
    assert found["read"] == SNPS + 2 == sum(found["dropped"].values()) + found["used"]
    assert usual["read"] == SNPS


def test_regions_are_left_out_and_counted_where_they_are_not(place, tmp_path):
    done = ldsc(place, tmp_path)
    assert "150 SNPs are in 6:25000000-34000000" not in done.stderr  # chromosome 6 ends at 7 Mb
    ldsc(place, tmp_path, exclude_region="6:10000-610000")
    assert dropped(tmp_path)["dropped"]["excluded_region"] == 11  # both ends inside
    done = ldsc(place, tmp_path, baseline=None, exclude_region="6:1-2", check=False)
    assert done.returncode == 2 and "the baseline has no columns CHR and BP" in done.stderr
    done = ldsc(place, tmp_path, exclude_region="6", check=False)
    assert done.returncode == 2 and "--exclude-region 6: write it as" in done.stderr


def test_without_a_baseline_the_map_gives_it(place, whole, tmp_path):
    done = ldsc(place, tmp_path, baseline=None)
    assert "base and all_gene, the sums of the map" in done.stderr
    found, usual = pd.read_csv(tmp_path / whole.name), pd.read_csv(whole)
    assert "h2" not in found and found["z"].to_numpy() == pytest.approx(usual["z"], abs=1e-3)


def changed_baseline(place, tmp_path, **columns):
    table = pd.read_csv(place / "baseline.l2.ldscore.gz", sep="\t").assign(**columns)
    path = tmp_path / "mine.l2.ldscore"
    table.to_csv(path, sep="\t", index=False)
    return table, path


@pytest.mark.parametrize("kind", ["zeros", "threes", "twice", "sum"])
def test_a_column_that_depends_on_others_is_as_if_never_given(place, whole, tmp_path, kind):
    table = pd.read_csv(place / "baseline.l2.ldscore.gz", sep="\t")
    value = {"zeros": 0, "threes": 3, "twice": table["base"]}.get(kind)
    value = table["base"] + 2 * table["all_gene"] if value is None else value
    _, path = changed_baseline(place, tmp_path, more=value)
    done = ldsc(place, tmp_path, baseline=path)
    assert "warning: columns of the baseline that are constant or depend on others: more" in (
        done.stderr
    )
    found, usual = pd.read_csv(tmp_path / whole.name), pd.read_csv(whole)
    assert found["beta"].tolist() == usual["beta"].tolist()
    done = ldsc(place, tmp_path, "--strict", baseline=path, check=False)
    assert done.returncode == 2 and "more" in done.stderr


def test_baselines_are_joined_by_their_snps(place, tmp_path):
    table = pd.read_csv(place / "baseline.l2.ldscore.gz", sep="\t")
    rng = np.random.default_rng(1)
    other = table[["SNP"]].assign(base=rng.gamma(1, 9, SNPS))[10:].sample(frac=1, random_state=1)
    other.to_feather(tmp_path / "other.feather")
    done = ldsc(place, tmp_path, f"--baseline={tmp_path / 'other.feather'}")
    assert "10 SNPs are not in the other baselines" in done.stderr
    found = dropped(tmp_path)
    assert found["baseline"] == ["base", "all_gene", "base_2"]
    assert found["dropped"]["not_in_baseline"] == 10


def test_one_file_for_each_chromosome_is_the_same(place, whole, tmp_path):
    table = pd.read_csv(place / "baseline.l2.ldscore.gz", sep="\t")
    for chromosome, own in table.groupby("CHR"):
        own.to_csv(tmp_path / f"b.{chromosome}.l2.ldscore.bz2", sep=" ", index=False)
    for name in (f"{tmp_path}/b.", f"{tmp_path}/b.{{chr}}"):
        ldsc(place, tmp_path, baseline=name)
        found, usual = pd.read_csv(tmp_path / whole.name), pd.read_csv(whole)
        assert found["beta"].tolist() == usual["beta"].tolist() and "h2" not in found


@pytest.mark.parametrize("how", ["BETA SE", "CHISQ", "renamed"])
def test_other_columns_say_the_same(place, whole, tmp_path, how):
    _, *lines = table_of(place)
    chosen = {
        "BETA SE": ["BETA", "SE"],
        "CHISQ": ["CHISQ"],
        "renamed": ["zscore"],
    }[how]
    values = {
        "BETA SE": lambda z: [repr(z * 0.01), "0.01"],
        "CHISQ": lambda z: [repr(z * z)],
        "renamed": lambda z: [repr(z)],
    }[how]
    table = [["SNP", "N", *chosen], *([snp, n, *values(float(z))] for snp, n, z in lines)]
    words = ("--column", "Z=zscore") if how == "renamed" else ()
    ldsc(place, tmp_path, *words, sumstats=stats(tmp_path, table))
    found, usual = pd.read_csv(tmp_path / whole.name), pd.read_csv(whole)
    assert found["z"].to_numpy() == pytest.approx(usual["z"], abs=1e-5)


def test_a_parquet_map_is_the_same(place, whole, tmp_path):
    snps = read_map(place / "map.h5ad")
    matrix = snps.weights.tocoo()
    genes = [*snps.genes, "outside"]
    table = {
        "snp": [snps.snps[row] for row in matrix.row],
        "gene": [genes[column] for column in matrix.col],
        "weight": matrix.data,
    }
    pq.write_table(pa.table(table), tmp_path / "map.parquet")
    ldsc(place, tmp_path, snp_gene=tmp_path / "map.parquet")
    found, usual = pd.read_csv(tmp_path / whole.name), pd.read_csv(whole)
    assert found["beta"].to_numpy() == pytest.approx(usual["beta"], rel=1e-3, abs=1e-12)


def test_equal_blocks_cut_the_last_snps_and_say_so(place, tmp_path):
    ldsc(place, tmp_path, block_rule="equal", blocks=21)
    found = dropped(tmp_path)
    cut = found["dropped"]["block_trim"]
    assert found["used"] % 21 == 0 and cut == (found["used"] + cut) % 21 > 0
    assert found["read"] == sum(found["dropped"].values()) + found["used"]


def test_a_two_sided_p_is_added(place, whole, tmp_path):
    ldsc(place, tmp_path, "--two-sided")
    found = pd.read_csv(tmp_path / whole.name)
    assert found["p_two_sided"].to_numpy() == pytest.approx(
        2 * np.minimum(found["p"], 1 - found["p"]), rel=1e-6
    )
    assert json.loads((tmp_path / "spatial_height_cells_0_150.json").read_text())["p"].startswith(
        "one-sided"
    )


def test_unlike_names_are_refused_with_their_kinds(place, tmp_path):
    heading, *lines = table_of(place)
    other = [[f"1:{row + 1}:A:G", *line[1:]] for row, line in enumerate(lines)]
    done = ldsc(place, tmp_path, sumstats=stats(tmp_path, [heading, *other]), check=False)
    assert done.returncode == 2 and "statistics 1:1:A:G, 1:2:A:G, 1:3:A:G (chr:pos)" in done.stderr
    assert "baseline rs1, rs2, rs3 (rs numbers)" in done.stderr


def test_genes_may_have_other_names(place, whole, tmp_path):
    folder = tmp_path / "scores"
    shutil.copytree(place / "scores", folder)
    genes = [f"Gene{one}" for one in range(120)]
    (folder / "genes.txt").write_text("".join(f"{gene}\n" for gene in genes))
    from tiltyard.pipelines.spatial.files.headers import digest_of

    header = json.loads((folder / "scores.json").read_text())
    (folder / "scores.json").write_text(json.dumps(header | {"genes_sha256": digest_of(genes)}))
    done = ldsc(place, tmp_path, scores=folder, check=False)
    assert done.returncode == 2 and "no gene is in both: 120 without case" in done.stderr
    names = tmp_path / "names.tsv"
    names.write_text("".join(f"{gene}\t{gene.upper()}\n" for gene in genes[:50]))
    done = ldsc(place, tmp_path, scores=folder, homologs=names)
    assert "120 are in the map, 50 in both" in done.stderr
    assert "warning: fewer than half of the genes" in done.stderr
    names.write_text("".join(f"{gene}\t{gene.upper()}\n" for gene in genes))
    ldsc(place, tmp_path, scores=folder, homologs=names)
    assert rows(tmp_path / whole.name) == rows(whole)


REFUSED = (
    ({"cells": "150:160"}, "there are 150 spots"),
    ({"cells": "9:3"}, "--cells 9:3: write START:END with START < END"),
    ({"blocks": 400}, "400 blocks need 4,000"),
    ({"trait": "a/b"}, "--trait a/b: a name has letters"),
    ({"weights": "none."}, "there is neither that file nor none.{chr}.l2.ldscore"),
    ({"scores": "none"}, "none has no scores: name a folder"),
    ({"snp_gene": "none.h5ad"}, "there is no file none.h5ad"),
)


@pytest.mark.parametrize(("changed", "said"), REFUSED)
def test_what_cannot_be_used_is_refused(place, tmp_path, changed, said):
    done = ldsc(place, tmp_path, check=False, **changed)
    assert done.returncode == 2 and said in done.stderr and not list(tmp_path.glob("*.gz"))


def test_odds_ratios_alone_are_refused_with_what_would_do(place, tmp_path):
    path = stats(tmp_path, [["SNP", "N", "OR"], ["rs1", 5, 1.1]])
    done = ldsc(place, tmp_path, sumstats=path, check=False)
    assert (
        done.returncode == 2 and "has columns SNP, N, OR; needed are SNP, N, and Z" in done.stderr
    )


def test_an_annotation_is_no_baseline(place, tmp_path):
    path = tmp_path / "b.annot"
    path.write_text("CHR BP SNP CM base\n1 1 rs1 0 1\n")
    done = ldsc(place, tmp_path, baseline=path, check=False)
    assert done.returncode == 2 and "an annotation has no LD scores" in done.stderr

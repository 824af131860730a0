"""What gsmap3d, gsmap and pyldsc compute is what we do, within their rounding (`make test-peers`).

gsmap3d is compared on its own neighbours: its similarities in 16 bits tie, and ties fall otherwise.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commandline import tiltyard
from generators import generators
from scipy.stats import spearmanr

from tiltyard.pipelines.pipeline import PEER, Work, Workload
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.h5ad.counts import Counts
from tiltyard.pipelines.spatial.h5ad.elements import matrix_of, names_of, open_h5ad
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.made_files import write_example
from tiltyard.pipelines.spatial.pipeline import Spatial
from tiltyard.pipelines.spatial.reading.opening import open_scores
from tiltyard.pipelines.spatial.rule.formulas import FORMULAS
from tiltyard.pipelines.spatial.rule.neighbours import Chosen, Spots, neighbours
from tiltyard.pipelines.spatial.rule.ranking import doubled_ranks
from tiltyard.pipelines.spatial.rule.specificity import Ranked, specificity, stored

pytestmark = pytest.mark.peers
SPATIAL = Spatial()
SPOTS, GENES, SNPS, CELLS = 400, 600, 24_000, 300
#: Steps of float16 that scores may be apart, and |ln m| at which one may be 0 and the other not.
STEPS, AT_ONE = 64, 0.01
#: Rank correlation of scores above 0. Half of this tissue are within a seventh of the least one
#: that there is, so rounding in 16 bits changes their order; our own leaves 0.999998.
ALIKE = 0.998
#: Share of neighbours that express a gene, within which of that of all spots it may fall otherwise.
AT_FRACTION = 5e-4
FACTS = {"embedding": "emb", "annotation": "domain"}


def run(command):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "300", "TERM": "dumb"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An example."""
    folder = tmp_path_factory.mktemp("example")
    write_example(folder, SPOTS, GENES, SNPS, seed=5)
    return folder


@pytest.fixture(scope="module")
def work(place):
    return Work(Workload("made"), {"tissue": [place / "tissue.h5ad"]}, {"spots": SPOTS}, FACTS)


@pytest.fixture(scope="module")
def gsmap3d(work, tmp_path_factory):
    """Folder in which gsmap3d scored it, as a study starts it."""
    (strategy,) = (one for one in SPATIAL.strategies(config()) if PEER in one.tags)
    output = tmp_path_factory.mktemp("gsmap3d") / "output"
    run(SPATIAL.command(strategy, work, output))
    return output


@pytest.fixture(scope="module")
def its_regression(place, gsmap3d):
    """What it says of a regression for which it is asked for 4 compute workers, and its table."""
    log = run(peers.ldsc_command(place, gsmap3d, "height", workers=4, cells=f"0 {CELLS}"))
    table = gsmap3d / peers.PROJECT / "spatial_ldsc" / f"study_height_cells_0_{CELLS}.csv.gz"
    return log, pd.read_csv(table)


def config():
    made = {"spots": [SPOTS], "genes": [GENES], "density": [30]}
    return {"workload": made, "strategies": ["numba-fused-w1", "gsmap3d-w1"]}


class Tissue:
    """Counts, ranks and places of a file, in its order."""

    def __init__(self, path):
        with open_h5ad(path) as file:
            self.spots = names_of(file, "obs")
            self.counts = Counts(file["X"], "X").block(0, len(self.spots)).toarray()
            self.places, self.embedding = (
                matrix_of(file, key, "--key") for key in ("spatial", "emb")
            )
            groups = file["obs"]["domain"]["codes"][()]
        self.groups = groups.astype(np.int64)
        self.ranked = Ranked(doubled_ranks(self.counts), self.counts > 0)

    def logs(self, chosen):
        """ln m of all spots."""
        rows, weights = chosen.rows[:, 0], chosen.weights[:, 0]
        logs = np.einsum("nk,nkg->ng", weights, self.ranked.logs[rows])
        return logs - self.ranked.mean_log

    def fractions(self, chosen, formula):
        """Share of the neighbours that express a gene less that of all spots."""
        expressed, counts = self.ranked.expressed(formula), chosen.weights[:, 0] > 0
        near = (expressed[chosen.rows[:, 0]] & counts[:, :, None]).sum(1)
        return near / counts.sum(1)[:, None] - self.ranked.carriers / len(self.spots)


def apart(theirs, ours, log_m, fraction):
    """Steps of float16 where both are scores; elsewhere m or the share is at its edge."""
    flip = (theirs == 0) != (ours == 0)
    at_edge = (np.abs(log_m) <= AT_ONE) | (np.abs(fraction) <= AT_FRACTION)
    both = (theirs > 0) & (ours > 0) & np.isfinite(theirs)
    steps = np.abs(theirs.view(np.int16).astype(int) - ours.view(np.int16))
    return np.where(both, steps, 0), flip & ~at_edge, both


def test_scores_of_gsmap3d_are_the_rules_on_its_own_neighbours(place, gsmap3d):
    made = Tissue(place / "tissue.h5ad")
    names = (gsmap3d / peers.SCORES).with_name("concatenated_latent_adata.h5ad")
    with open_h5ad(names) as file:
        assert [name.partition("|")[0] for name in names_of(file, "obs")] == made.spots
        rows = file["obsm"]["gsMap_homo_indices"][()].astype(np.int64)
        similar = file["obsm"]["gsMap_homo_cell_sims"][()].astype(np.float64)
    chosen = Chosen(rows[:, None], (similar / similar.sum(1, keepdims=True))[:, None])
    formula = FORMULAS["B"]
    ours, _ = stored(specificity(made.ranked, chosen, formula))
    theirs = peers.scores_of(gsmap3d)
    steps, wrong, both = apart(theirs, ours, made.logs(chosen), made.fractions(chosen, formula))
    assert not wrong.any() and steps.max() <= STEPS
    assert spearmanr(theirs[both], ours[both]).statistic >= ALIKE
    assert both.mean() > 0.02  # there is something to compare
    # Scores of other neighbours are not that near.
    turned = Chosen(np.roll(chosen.rows, 1, axis=0), chosen.weights)
    other, _ = stored(specificity(made.ranked, turned, formula))
    assert apart(theirs, other, made.logs(chosen), made.fractions(chosen, formula))[1].any()


def test_scores_of_gsmap_are_the_rules_but_where_similarities_tie(place, tmp_path):
    made, formula = Tissue(place / "tissue.h5ad"), FORMULAS["A"]
    run(peers.command_a(place / "tissue.h5ad", tmp_path / "gsmap"))
    store = open_scores(tmp_path / "gsmap" / peers.SCORES_A)
    theirs = store.read(0, store.count).astype(np.float16)
    assert store.spots == made.spots and len(store.genes) == GENES
    store.close()
    chosen = neighbours(
        Spots(made.places, made.embedding, made.groups), formula, formula.candidates
    )
    ours, _ = stored(specificity(made.ranked, chosen, formula))
    steps, wrong, both = apart(theirs, ours, made.logs(chosen), made.fractions(chosen, formula))
    near = (steps.max(1) <= STEPS) & ~wrong.any(1)
    assert near.mean() >= 0.95
    kept = both & near[:, None]
    assert spearmanr(theirs[kept], ours[kept]).statistic >= ALIKE


@pytest.fixture(scope="module")
def runs():
    with generators() as imported:
        yield imported("spatial_peers_runs")


def test_gsmap3ds_kernel_gives_our_scores_of_a_batch(runs, tmp_path):
    made = runs.Scored(100, 600, 0.3)
    made.score()
    ours = made.out.view(np.float16)
    logs = np.log(made.ranks / 2.0)[made.local]
    log_m = np.einsum("nk,nkg->ng", made.weights, logs) - made.genes.mean_log
    expressed = (made.ranks > made.ranks.min(1, keepdims=True))[made.local]
    near = (expressed & (made.weights > 0)[:, :, None]).sum(1) / (made.weights > 0).sum(1)[:, None]
    fraction = near - made.genes.carriers / made.genes.spots
    with peers.kernels(made.arrays(), tmp_path) as ask:
        for name, most, alike in (("scores", STEPS, ALIKE), ("scores-float32", 16, 0.9999)):
            (theirs,) = peers.results(ask, name, tmp_path)
            steps, wrong, both = apart(theirs, ours, log_m, fraction)
            assert not wrong.any() and steps.max() <= most, name
            assert spearmanr(theirs[both], ours[both]).statistic >= alike, name
        (worker,) = peers.results(ask, "scores-worker", tmp_path)
        assert (worker == peers.results(ask, "scores", tmp_path)[0]).all()


@pytest.mark.parametrize("columns", [2, 9])
def test_gsmap3ds_kernels_regress_as_we_do(runs, tmp_path, columns):
    made = runs.Regressed(20_000, columns)
    ours = made.regress()
    with peers.kernels(made.arrays(), tmp_path) as ask:
        for name in ("regression", "regression-lowmem", "end-to-end"):
            beta, se = peers.results(ask, name, tmp_path)
            assert np.abs((beta - ours.beta) / ours.se).max() <= 1e-2, name
            assert se == pytest.approx(ours.se, rel=1e-2)
            assert ask(name)["cpu"] > 0


@pytest.mark.parametrize(("snps", "blocks"), [(6000, 200), (5003, 40)])
def test_pyldsc_regresses_as_we_do(runs, tmp_path, snps, blocks):
    made = runs.Regressed(snps, 3, blocks, scale=True)
    spots = slice(0, 4)
    arrays = made.arrays()
    arrays["ld"] = np.asarray(made.map.astype(float) @ made.scores[spots].T.astype(float))
    with peers.kernels(arrays, tmp_path) as ask:
        beta, se = peers.results(ask, "pyldsc", tmp_path)
    for name, precision, most in (
        ("numpy-spot", 64, 1e-9),
        ("numba-fused", 64, 1e-9),
        ("numba-fused", 32, 1e-4),
    ):
        ours = way(name).regressor(made.prepared, precision)(made.scores)
        far = np.abs((ours.beta[spots] - beta) / se).max()
        assert far <= most, (name, precision, far)
        assert ours.se[spots] == pytest.approx(se, rel=most)


def test_the_whole_regression_of_gsmap3d_on_its_own_scores(
    place, gsmap3d, its_regression, tmp_path
):
    _, theirs = its_regression
    tiltyard(
        *("spatial", "ldsc", "--scores", str((gsmap3d / peers.SCORES).parent)),
        *("--snp-gene", str(place / "map.h5ad"), "--trait", "height", "--quiet"),
        *("--weights", str(place / "weights.l2.ldscore.gz"), "--output", str(tmp_path)),
        *("--sumstats", str(place / "height.sumstats.gz"), "--block-rule", "equal"),
        *("--spatial-scale", "off", "--cells", f"0:{CELLS}", "--threads", "1"),
    )
    ours = pd.read_csv(tmp_path / f"spatial_height_cells_0_{CELLS}.csv.gz")
    assert ours["spot"].tolist() == theirs["spot"].tolist()
    assert np.abs((theirs["beta"] - ours["beta"]) / ours["se"]).max() <= 1e-2
    assert theirs["se"].to_numpy() == pytest.approx(ours["se"], rel=1e-2)


def test_a_study_starts_gsmap3d_and_compares_what_it_wrote(place, gsmap3d, work, tmp_path):
    strategies = {one.name: one for one in SPATIAL.strategies(config())}
    theirs, ours = strategies["gsmap3d-w1"], strategies["numba-fused-w1"]
    run(SPATIAL.command(ours, work, tmp_path / "ours"))
    assert SPATIAL.difference(theirs, tmp_path / "ours", gsmap3d) == ""
    assert len(SPATIAL.digest(theirs, gsmap3d)) == 64
    assert all(path.is_file() for path in SPATIAL.sources(theirs))
    assert [Path(path).is_file() for path in SPATIAL.programs(theirs)] == [True]
    scores = np.fromfile(tmp_path / "ours", "<f2").reshape(SPOTS, GENES)
    scores[:, ::-1].tofile(tmp_path / "turned")
    assert "scores correlate by" in SPATIAL.difference(theirs, tmp_path / "turned", gsmap3d)
    scores[1:].tofile(tmp_path / "fewer")
    assert "399 spots expected, 400" in SPATIAL.difference(theirs, tmp_path / "fewer", gsmap3d)


def test_the_guides_readers_are_outside_its_programs_range(gsmap3d):
    program = peers.command_of("gsmap3d")
    command = [program, "latent-to-gene", "--rank-read-workers", "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=gsmap3d)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2 and "100 is not in the range 1<=x<=50" in said


def test_its_regression_computes_with_one_worker_whatever_is_asked_for(its_regression):
    log = " ".join(its_regression[0].split())
    assert "Capping ldsc_compute_workers to 1" in log and "configured: 4" in log
    assert "Started 1 compute workers" in log


def test_its_files_take_half_of_what_the_guide_plans(gsmap3d):
    folder = (gsmap3d / peers.SCORES).parent
    sizes = [(folder / name).stat().st_size for name in ("ranks.dat", "marker_scores.dat")]
    assert sizes == [SPOTS * GENES * 2] * 2  # the guide: 4 bytes each
    assert json.loads((folder / "ranks.meta.json").read_text())["dtype"] == "float16"


def test_its_regression_has_no_option_of_precision(gsmap3d):
    environment = {**os.environ, "COLUMNS": "300", "TERM": "dumb"}
    command = [peers.command_of("gsmap3d"), "spatial-ldsc", "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, cwd=gsmap3d
    )
    options = {word for word in done.stdout.split() if word.startswith("--")}
    assert "--n-blocks" in options
    assert not [one for one in options if any(w in one for w in ("preci", "float", "dtype", "x64"))]

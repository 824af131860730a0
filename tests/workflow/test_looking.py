"""What only looks at a study, whole or damaged, changes nothing under results/."""

import hashlib
import shutil

import pytest
from damages import SMALL, delete, empty, replace, truncate
from workplace import Workplace

FILE = "results/trial/summary.csv"
#: Ways to call Snakemake that run no job, abbreviations and errors of typing included.
LOOKS = [
    "--dry-r",
    "-np",
    "--executor dryrun",
    "--profile quiet",
    "-n --cores 1 --forceall --config check=true",
    "--summary",
    "--dag",
    "--list-rules",
    "--list-changes params",
    "--list-untracked",
    "--report report.zip",
    "--lint",
    "--unlock",
    f"--cleanup-metadata {FILE}",
    "--delete-all-output --dry-run",
    "--archive study.tar.gz",
    "--cores 2 results/trial/no_such_file.csv",
    "--cores 2 --config trials=none",
]
#: All others, which take the same ways through Snakemake.
MORE_LOOKS = [
    "--dry-run",
    "--dryrun",
    "-n",
    "-qn rules",
    "-n --cores 1 --until merge",
    "--summ",
    "-S",
    "--detailed-summary",
    "-D",
    "--dag mermaid-js",
    "--rulegraph",
    "--filegraph",
    "--d3dag",
    "--list",
    "-l",
    "--list-target-rules",
    "--lt",
    "--lc code",
    "--list-input-changes",
    "--list-params-changes",
    "--report-metadata metadata.json",
    "--lint json",
    "--print-compilation",
    "--export-cwl study.cwl",
    "--containerize",
    "--list-conda-envs",
    "--conda-cleanup-envs",
    "--cleanup-shadow",
    "--delete-temp-output",
    "--generate-unit-tests units",
    "--version",
    "--help",
    "-n -- no_such_target",
    "--cores 2 no_such_target",
    "--no-such-option",
    "--cores many",
]
#: Snakemake's own time stamps are what these are for; contents and names stay.
TOUCHES = ["-t -c1", "--tou --cores 1"]
MORE_TOUCHES = ["--touch --cores 1", "--executor touch"]
SLOW = [pytest.param(words, marks=pytest.mark.slow) for words in [*MORE_LOOKS, *MORE_TOUCHES]]
COMMANDS = ["plan", "plan --format json", "status", "status --format json", "methods", "validate"]


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    workplace = Workplace(tmp_path_factory.mktemp("looking"), SMALL)
    quiet = workplace.folder / "quiet"
    quiet.mkdir()
    (quiet / "config.yaml").write_text("dry-run: true\ncores: 1\n")
    workplace.run()
    results = workplace.results
    truncate(results / "evaluations/gaussian_peak-n21-gaussian-1e-01-t1.parquet")
    replace(results / "datasets/gaussian_peak-n21-gaussian-1e-02-t1.parquet")
    empty(results / "study.json")
    truncate(results / "ranks.csv")
    replace(results / "receipts/evaluations_2-2.json")
    delete(results / "report.html")
    return workplace


def content(workplace, *, times):
    """Digest, and time, of every file and folder under results/."""
    return {
        path.relative_to(workplace.folder): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns if times else 0,
        )
        for path in (workplace.folder / "results").rglob("*")
    }


@pytest.mark.parametrize("words", [*LOOKS, *TOUCHES, *SLOW])
def test_snakemake_that_runs_no_job_changes_nothing(damaged, words):
    times = words not in [*TOUCHES, *MORE_TOUCHES]
    before = content(damaged, times=times)
    done = damaged.snakemake(*words.split())
    assert content(damaged, times=times) == before, done.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_that_look_change_nothing(damaged, words):
    before = content(damaged, times=True)
    done = damaged.tiltyard(*words.split(), "--config", "config.yaml")
    assert content(damaged, times=True) == before
    assert "Traceback" not in done.stderr, done.stderr


def test_after_all_that_a_run_mends_it(damaged):
    damaged.run()
    done = damaged.tiltyard("verify", "--config", "config.yaml")
    assert done.returncode == 0, done.stdout


def test_a_study_that_was_not_run_gets_no_folder(damaged, tmp_path):
    shutil.rmtree(damaged.results)
    before = content(damaged, times=True)
    for words in ("-n", "--summary", "--lint"):
        damaged.snakemake(*words.split())
    assert content(damaged, times=True) == before

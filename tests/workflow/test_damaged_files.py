"""Every file of a study, harmed in every way, is named, and what follows from it is built again."""

import contextlib
import shutil

import pytest
from damages import DAMAGES, SMALL, Kept, files_in
from workplace import Workplace

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import read_receipt
from tiltyard.engine.plan.plan import Resources
from tiltyard.engine.provenance.verifying import Request, verify_study
from tiltyard.engine.study import Study
from tiltyard.workflow import plan_workflow

CHECK = ("--config", "check=true")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished study, which no test changes for good."""
    workplace = Workplace(tmp_path_factory.mktemp("whole"), SMALL)
    workplace.run()
    workplace.run("bundle")
    return workplace


@pytest.fixture
def finished(whole, tmp_path):
    """A copy of it to be harmed, with the times of all files."""
    folder = shutil.copytree(whole.folder, tmp_path / "place")
    return Workplace(folder, whole.config)


def named(workplace, *, thorough):
    """Files of which a run says, before it begins, that they are damaged or missing."""
    plan = plan_workflow(workplace.config, Resources(cores=2), thorough=thorough)
    said = {name for broken in plan.broken for name, _ in broken.damage}
    gone = (workplace.folder / path for path in plan.receipts)
    return said | {
        path.relative_to(workplace.results).as_posix() for path in gone if not path.exists()
    }


def verified(workplace):
    """What `tiltyard verify` says of files; its refusal if it refuses."""
    study = Study.from_config(workplace.config, workplace.results)
    try:
        found = verify_study(study, Request(sample=0), no_bar)
    except UnreadableFile as error:
        return str(error)
    return "" if found.passed else " ".join(fault.file for fault in found.faults)


@contextlib.contextmanager
def no_bar(what):
    yield lambda done, total: None


def expected(name, way, signed):
    """Which of the three must name the file `name`, harmed in this way."""
    if name.startswith("journal/") and name not in signed:
        # Of a job after the manifest. Its lines have checksums; nothing says how many there are.
        return {"verify"} if way in ("replace", "flip") else set()
    if (name, way) == ("receipts/bundle.json", "delete"):
        return {"verify"}  # the next `snakemake bundle` writes both
    return {"check", "verify"} if way == "flip" else {"run", "check", "verify"}


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_file_in_every_way_is_named(finished, monkeypatch, every):
    """A run sees size and time; that one bit is another, with both kept, it cannot see.

    Verifying takes longest: without `every`, each file is verified after two of the five.
    """
    monkeypatch.chdir(finished.folder)
    assert named(finished, thorough=True) == set()
    assert verified(finished) == ""
    signed = read_receipt(finished.results / "receipts/manifest.json").files
    wrong = []
    for i, name in enumerate(files_in(finished.results, all_figures=False)):
        for j, (way, damage) in enumerate(DAMAGES.items()):
            looked = every or way == "flip" or i % 4 == j
            with Kept(finished.results / name) as path:
                damage(path)
                said = verified(finished) if looked else ""
                found = {
                    "run": name in named(finished, thorough=False),
                    "check": name in named(finished, thorough=True),
                    "verify": name in said or not looked,
                }
            if looked and way == "delete" and "_" in name and name.startswith("receipts/"):
                found["verify"] = "evaluations/" in said or "datasets/" in said
            missed = {each for each in expected(name, way, signed) if not found[each]}
            wrong += [(name, way, missed)] if missed else []
    assert wrong == [], "\n".join(map(str, wrong))


def test_tables_that_were_made_of_others_are_named(finished, monkeypatch):
    """By hand, of a part of the study; or they are older ones that somebody put back."""
    monkeypatch.chdir(finished.folder)
    results = finished.results
    receipt = (results / "receipts/merge.json").read_bytes()
    with Kept(results / "evaluations/gaussian_peak-n21-gaussian-1e-01-t1.parquet") as path:
        path.unlink()
        assert finished.tiltyard("merge", "--config", "config.yaml").returncode == 0
    assert {"results.parquet", "robustness.csv"} <= named(finished, thorough=False)
    refused = finished.tiltyard("manifest", "--config", "config.yaml")
    assert refused.returncode == 1 and "check=true" in refused.stderr
    assert verified(finished) != ""
    (results / "receipts/merge.json").write_bytes(receipt)
    assert "summary.csv" in named(finished, thorough=False)


def built_again(finished, damage, *options):
    """Run the study after `damage` was done to it: its scores are as before, and it verifies."""
    scores = finished.scores()
    damage(finished.results)
    said = finished.run(*options)
    assert finished.scores() == scores
    done = finished.tiltyard("verify", "--config", "config.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    return said


def test_what_is_damaged_is_built_again(finished):
    """All files at once, each in another way; journals stay, as nobody could write them again."""

    def damage(results):
        ways = [own for way, own in DAMAGES.items() if way != "flip"]
        for i, name in enumerate(files_in(results)):
            if not name.startswith("journal/"):
                ways[i % len(ways)](results / name)

    built_again(finished, damage)


def test_flipped_bits_are_found_and_built_again_if_asked_for(finished):
    def damage(results):
        for name in files_in(results):
            if not name.startswith("journal/"):
                DAMAGES["flip"](results / name)

    built_again(finished, damage, *CHECK)


@pytest.mark.slow
@pytest.mark.parametrize("way", DAMAGES)
def test_one_damaged_file_is_built_again(finished, way):
    """One file after another: nothing else tells that it has to be."""
    for name in files_in(finished.results, all_figures=False):
        if not name.startswith("journal/") and (name, way) != ("receipts/bundle.json", "delete"):
            said = built_again(
                finished,
                lambda results, name=name: DAMAGES[way](results / name),
                *(CHECK if way == "flip" else ()),
            )
            assert name in said


def test_who_reads_a_damaged_file_stops_and_names_it(finished):
    """Size and time are kept, so that the run begins; the job that reads the table looks."""
    DAMAGES["flip"](finished.results / "summary.csv")
    done = finished.snakemake("--cores", "1", "--forcerun", "statistics")
    assert done.returncode != 0
    said = finished.logs()
    assert "results/trial/summary.csv: its digest is not" in said and "check=true" in said
    done = finished.tiltyard("compare", "--config", "config.yaml", "--against", "zero")
    assert done.returncode == 1 and "results/trial/summary.csv: its digest" in done.stderr

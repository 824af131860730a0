"""Every file of a study, harmed in every way, is named, and what follows from it is built again."""

import contextlib
import shutil

import pytest
from damages import DAMAGES, Kept, files_in
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
    workplace = Workplace(
        tmp_path_factory.mktemp("whole"),
        {
            "study": "trial",
            "seed": 7,
            "julia": False,
            "signals": ["gaussian_peak"],
            "samples": [21],
            "noise_levels": [1.0e-2, 1.0e-1],
            "trials": 1,
            "orders": [0, 1],
            "estimators": {"include": {"name": ["truth", "zero", "central_difference"]}},
        },
    )
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


def test_every_file_in_every_way_is_named(finished, monkeypatch):
    """A run sees size and time; that one bit is another, with both kept, it cannot see."""
    monkeypatch.chdir(finished.folder)
    assert named(finished, thorough=True) == set()
    assert verified(finished) == ""
    signed = read_receipt(finished.results / "receipts/manifest.json").files
    wrong = []
    for name in files_in(finished.results):
        for way, damage in DAMAGES.items():
            with Kept(finished.results / name) as path:
                damage(path)
                found = {
                    "run": name in named(finished, thorough=False),
                    "check": name in named(finished, thorough=True),
                    "verify": name in (said := verified(finished)),
                }
            if way == "delete" and "_" in name and name.startswith("receipts/"):
                found["verify"] = "evaluations/" in said or "datasets/" in said
            missed = {each for each in expected(name, way, signed) if not found[each]}
            wrong += [(name, way, missed)] if missed else []
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("way", DAMAGES)
def test_what_is_damaged_is_built_again(finished, way):
    """All files at once; journals stay as they are, as nobody could write them again."""
    scores = finished.scores()
    for name in files_in(finished.results):
        if not name.startswith("journal/"):
            DAMAGES[way](finished.results / name)
    finished.run(*CHECK if way == "flip" else ())
    assert finished.scores() == scores
    done = finished.tiltyard("verify", "--config", "config.yaml")
    assert done.returncode == 0, done.stdout + done.stderr

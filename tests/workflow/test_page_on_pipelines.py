"""The pipeline of the page on adding one: through the shipped workflow, and with a fault."""

import re

import pyarrow.parquet as pq
import pytest
import yaml
from workplace import ROOT, Workplace

PAGE = (ROOT / "docs" / "add-a-pipeline.md").read_text(encoding="utf-8")
#: Small; and whatever runs beside the tests, no round is repeated.
SMALLER = {"workload": {"megabases": [4]}, "trials": 2, "disturbance": 1.0}
STRATEGIES = {"plain", "inflate", "slices-w1", "slices-w2"}


def titled(name):
    (text,) = re.findall(rf'^```\w+ title="{re.escape(name)}"\n(.*?)^```$', PAGE, re.M | re.S)
    return text


def workplace_in(folder, code):
    """A workplace in which the page's package is installed, with this code."""
    config = {**yaml.safe_load(titled("config/composition.yaml")), **SMALLER}
    workplace = Workplace(folder, config)
    facts = folder / "site" / "composition-1.0.dist-info"
    facts.mkdir(parents=True)
    (folder / "site" / "composition.py").write_text(code)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: composition\nVersion: 1.0\n")
    points = titled("a pipeline's pyproject.toml").replace("project.entry-points.", "")
    (facts / "entry_points.txt").write_text(points.replace('"', ""))
    (facts / "top_level.txt").write_text("composition\n")
    return workplace


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    workplace = workplace_in(tmp_path_factory.mktemp("composition"), titled("composition.py"))
    workplace.run("--until", "merge")
    return workplace


def launches_of(workplace):
    rows = pq.read_table(workplace.results / "results.parquet").to_pandas()
    return rows[rows["stage"] == "total"]


def test_every_strategy_of_the_page_gives_the_references_output(study):
    launches = launches_of(study)
    assert set(launches["method"]) >= STRATEGIES
    compared = launches[launches["method"] != "inflate"]
    assert set(compared["status"]) == {"ok"}, launches[["method", "status", "message"]]
    assert len(set(compared["output_digest"])) == 1
    assert (compared.groupby("method").size() == 2).all()
    assert set(compared["units"]) == {4_000_000} and set(compared["unit"]) == {"bases"}


def test_a_fault_in_the_code_of_the_page_is_told_in_words(tmp_path):
    right = "parts = [sequence[first : first + size]"
    code = titled("composition.py")
    assert right in code
    module = {"__file__": str(tmp_path / "composition.py"), "__name__": "composition"}
    exec(code.replace(right, right.replace("+ size", "+ size - 1")), module)
    pipeline, outputs = module["Composition"](), {}
    for counting in ("plain", "slices"):
        module["ProcessPoolExecutor"] = OneAfterAnother
        counts = module[counting](b"ACGT" * 6 + b"A", 2)
        outputs[counting] = tmp_path / counting
        outputs[counting].write_text(
            "".join(f"{b}\t{n}\n" for b, n in zip("ACGT", counts, strict=True))
        )
    said = pipeline.difference(None, outputs["plain"], outputs["slices"])
    assert said == "base A: 7 expected, 6 found"
    assert pipeline.difference(None, outputs["plain"], outputs["plain"]) == ""


class OneAfterAnother:
    """Stands for the executor, without processes."""

    def __init__(self, workers):
        self.map = map

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def test_a_configuration_that_the_page_refuses_is_refused(study):
    study.folder.joinpath("mine.yaml").write_text(
        titled("config/composition.yaml").replace("workers: [1, 2]", "workers: [2]")
    )
    done = study.tiltyard("validate", "mine.yaml")
    assert done.returncode == 1
    assert "workers lacks 1, to which speed-ups are relative" in done.stdout + done.stderr

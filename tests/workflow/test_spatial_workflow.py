"""The workflow of spots, really run by Snakemake: the command's numbers, and what it refuses."""

import gzip
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from commandline import tiltyard
from commands import COMMANDS
from workplace import ROOT

SNAKEFILE = ROOT / "workflow" / "pipelines" / "spatial.smk"
EXAMPLE = ROOT / "config" / "pipelines" / "spatial.yaml"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    tiltyard("spatial", "example", cwd=folder)
    tiltyard(
        *("spatial", "specificity", "example/tissue.h5ad", "--embedding", "emb", "--quiet"),
        *("--annotation", "domain", "--output", "scores"),
        cwd=folder,
    )
    return folder


@pytest.fixture
def place(example, tmp_path):
    shutil.copytree(example, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)


class Place:
    """A folder in which Snakemake runs the workflow with a configuration of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
        self.output = folder / self.config["output"]

    def snakemake(self, *words, cores="2"):
        """Exit status, and all that was said."""
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        said = self.folder / ".said"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        status = COMMANDS.run(
            [
                *("snakemake", "--snakefile", str(SNAKEFILE), "--configfile", "mine.yaml"),
                *(("--cores", cores) if cores else ()),
                *words,
            ],
            self.folder,
            {**os.environ, "PATH": path},
            said,
        )
        return status, said.read_text(encoding="utf-8", errors="replace")


@pytest.mark.workflow
def test_jobs_of_ranges_write_what_one_command_writes(place):
    status, said = place.snakemake()
    assert status == 0, said
    options = place.config["options"].split()
    tiltyard(
        *("spatial", "ldsc", "--scores", "scores", *options, "--trait", "height", "--quiet"),
        *("--sumstats", "example/height.sumstats.gz", "--output", "whole"),
        cwd=place.folder,
    )
    (whole,) = (place.folder / "whole").glob("*.csv.gz")
    parts = sorted(path.name for path in place.output.glob("*_cells_*.csv.gz"))
    assert len(parts) == 3 and parts[0] == "example_height_cells_0_400.csv.gz"
    merged = gzip.decompress((place.output / "example_height.csv.gz").read_bytes())
    assert merged == gzip.decompress(whole.read_bytes())
    table = (place.output / "example_height.annotations.csv").read_text().splitlines()
    assert table[0].startswith('"annotation","samples","spots"') and len(table) > 3
    assert "Nothing to be done" in place.snakemake()[1]


@pytest.mark.workflow
def test_it_lints_and_names_a_wrong_configuration_before_any_job(place):
    status, said = place.snakemake("--lint", cores="")
    assert status == 0, said
    for changed, words in (
        ({"options": f"{place.config['options']} --cells 0:9"}, "--cells: the workflow itself"),
        ({"traits": {"height": "none.gz"}}, "there is no file 'none.gz'"),
        ({"scores": "none"}, "none has no scores: name a folder"),
        ({"cell": 9}, "cell: unknown; did you mean cells?"),
    ):
        before = dict(place.config)
        place.config |= changed
        status, said = place.snakemake("--dry-run")
        assert status != 0 and words in said
        assert "Traceback" not in said and not place.output.exists()
        place.config = before

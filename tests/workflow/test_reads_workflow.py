"""The workflow of reads, really run by Snakemake: the command's bytes, and what it refuses."""

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

SNAKEFILE = ROOT / "workflow" / "pipelines" / "reads.smk"
EXAMPLE = ROOT / "config" / "pipelines" / "reads.yaml"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    tiltyard("reads", "example", cwd=folder)
    return folder / "example"


@pytest.fixture
def place(example, tmp_path):
    shutil.copytree(example, tmp_path / "example")
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
def test_a_job_a_file_writes_what_one_command_writes(place):
    files = ["example/reads_1.fq.gz", "example/reads_2.fq.gz"]
    options = ["--step", "mutate(0.1)", "--mean-error-quality", "15", "--seed", "3"]
    place.config |= {
        "lanes": {"b": files[0], "a": [files[1]]},
        "options": "--step 'mutate(0.1)' --mean-error-quality 15 --seed 3",
    }
    status, said = place.snakemake()
    assert status == 0, said
    tiltyard("reads", "filter", *files, *options, "-o", "whole.fq", cwd=place.folder)
    parts = [gzip.decompress((place.output / f"{lane}.fq.gz").read_bytes()) for lane in "ba"]
    assert b"".join(parts) == (place.folder / "whole.fq").read_bytes()
    rows = [line.split("\t") for line in (place.output / "reads.tsv").read_text().splitlines()]
    assert rows[0] == [
        *("job", "files", "unit", "read", "kept", "bases_kept", "dropped_mean_error")
    ]
    assert [row[0] for row in rows[1:]] == ["b", "a", "all"] and rows[3][3] == "10000"
    assert int(rows[3][4]) == parts[0].count(b"\n") // 4 + parts[1].count(b"\n") // 4
    assert "Nothing to be done" in place.snakemake()[1]


@pytest.mark.workflow
def test_the_example_as_it_ships_is_pairs(place):
    status, said = place.snakemake()
    assert status == 0, said
    counts = [
        gzip.decompress((place.output / f"L1_{mate}.fq.gz").read_bytes()).count(b"\n")
        for mate in (1, 2)
    ]
    assert counts[0] == counts[1] > 0
    assert "pairs\t5000" in (place.output / "reads.tsv").read_text()


@pytest.mark.workflow
def test_it_lints_and_names_a_wrong_configuration_before_any_job(place):
    status, said = place.snakemake("--lint", cores="")
    assert status == 0, said
    place.config["options"] = "--dedup"
    status, said = place.snakemake("--dry-run")
    assert status != 0 and "--dedup depends on the reads of all lanes" in said
    assert "Traceback" not in said and not place.output.exists()

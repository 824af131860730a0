"""The workflow of reads, really run by Snakemake: the command's bytes, and what it refuses."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from commandline import tiltyard
from commands import COMMANDS
from workplace import ROOT

SNAKEFILE = ROOT / "workflow" / "pipelines" / "reads.smk"
EXAMPLE = ROOT / "config" / "pipelines" / "reads.yaml"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
ENVIRONMENT = {**os.environ, "PATH": PATH}
#: Lanes, and the numbers of their files in the example.
LANES = (("a", 1), ("b", 2))


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
        self.write_config()
        said = self.folder / ".said"
        status = COMMANDS.run(self.command(*words, cores=cores), self.folder, ENVIRONMENT, said)
        return status, said.read_text(encoding="utf-8", errors="replace")

    def write_config(self):
        """Write the configuration as it is now."""
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))

    def command(self, *words, cores="2"):
        """Command line of Snakemake."""
        own = ("snakemake", "--snakefile", str(SNAKEFILE), "--configfile", "mine.yaml")
        return [*own, *(("--cores", cores) if cores else ()), *words]


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
def test_a_damaged_lane_is_named_the_others_are_kept_and_a_new_run_does_what_is_missing(place):
    files = {name: place.folder / "example" / f"reads_{number}.fq.gz" for name, number in LANES}
    sound = files["b"].read_bytes()
    files["b"].write_bytes(sound[: len(sound) // 2])
    place.config |= {"lanes": {name: str(path) for name, path in files.items()}, "options": ""}
    status, said = place.snakemake("--keep-going")
    assert status != 0 and "reads_2.fq.gz: record " in said and "gzip_truncated" in said
    done = place.output / "a.fq.gz"
    assert gzip.decompress(done.read_bytes()).count(b"\n") == 20_000
    assert not (place.output / "b.fq.gz").exists() and not (place.output / "reads.tsv").exists()
    written = done.stat().st_mtime_ns
    files["b"].write_bytes(sound)
    status, said = place.snakemake()
    assert status == 0, said
    assert done.stat().st_mtime_ns == written
    assert (place.output / "reads.tsv").read_text().splitlines()[-1].split("\t")[3] == "10000"


@pytest.mark.workflow
def test_a_run_that_is_killed_goes_on_with_what_is_missing(place):
    files = {name: f"example/reads_{number}.fq.gz" for name, number in LANES}
    place.config |= {"lanes": files, "options": ""}
    place.write_config()
    with subprocess.Popen(
        place.command(cores="1"),
        cwd=place.folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        while not list(place.output.glob("*.json")):
            assert running.poll() is None
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    first = {path: path.stat().st_mtime_ns for path in place.output.glob("*.json")}
    assert not (place.output / "reads.tsv").exists()
    status, said = place.snakemake("--unlock")
    assert status == 0, said
    status, said = place.snakemake("--rerun-incomplete")
    assert status == 0, said
    assert (place.output / "reads.tsv").read_text().splitlines()[-1].split("\t")[3] == "10000"
    assert len(first) < 2 and not list(place.output.glob(".*"))


@pytest.mark.workflow
def test_it_lints_and_names_a_wrong_configuration_before_any_job(place):
    status, said = place.snakemake("--lint", cores="")
    assert status == 0, said
    place.config["options"] = "--dedup"
    status, said = place.snakemake("--dry-run")
    assert status != 0 and "--dedup depends on the reads of all lanes" in said
    assert "Traceback" not in said and not place.output.exists()

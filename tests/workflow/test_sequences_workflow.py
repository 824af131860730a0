"""The workflow of sequences, really run by Snakemake: the command's bytes, and what it refuses."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from commandline import tiltyard
from commands import COMMANDS
from workplace import ROOT

SNAKEFILE = ROOT / "workflow" / "pipelines" / "sequences.smk"
EXAMPLE = ROOT / "config" / "pipelines" / "sequences.yaml"
TABLES = ("tsv", "chunks.tsv", "contigs.tsv", "missing.tsv")


@pytest.fixture
def place(tmp_path):
    tiltyard("sequences", "example", cwd=tmp_path)
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

    def tables(self, stem):
        return [(self.folder / f"{stem}.{ending}").read_bytes() for ending in TABLES]


@pytest.mark.workflow
def test_a_job_a_file_writes_what_one_command_writes(place):
    status, said = place.snakemake()
    assert status == 0, said
    words = ("predict", "example/contigs.fa", "--window", "500", "--output", "whole.tsv")
    tiltyard("sequences", *words, "--workers", "1", "--quiet", cwd=place.folder)
    assert place.tables("results/sequences/predictions") == place.tables("whole")
    work = place.output.with_suffix(".work")
    files = sorted(path.name for path in (work / "nucleotide").glob("*.parquet"))
    assert files == [f"output_{number}.composition.parquet" for number in (1, 2)]
    assert "Nothing to be done" in place.snakemake()[1]
    # What is lost is made again, and what is there is taken as it is.
    for path in (work / "nucleotide" / files[0], place.output):
        path.unlink()
    kept = (work / "nucleotide" / files[1]).stat().st_mtime_ns
    status, said = place.snakemake()
    assert status == 0, said
    assert (work / "nucleotide" / files[1]).stat().st_mtime_ns == kept
    assert place.tables("results/sequences/predictions") == place.tables("whole")


@pytest.mark.workflow
def test_two_models_are_merged_in_jobs_of_their_own(place):
    from sequence_folders import write_classifier

    write_classifier(place.folder / "model", "random-bert-1x16", "random-esm-1x16", 16)
    place.config |= {"model": "model", "options": "--window 300 --per-file 60 --batch count:8"}
    status, said = place.snakemake()
    assert status == 0, said
    words = ("example/contigs.fa", "--window", "300", "--per-file", "60", "--model", "model")
    batches = ("--batch", "count:8", "--output", "whole.tsv", "--workers", "1", "--quiet")
    tiltyard("sequences", "predict", *words, *batches, cwd=place.folder)
    assert place.tables("results/sequences/predictions") == place.tables("whole")
    run = json.loads((place.folder / "whole.run.json").read_text())
    count = run["found"]["files"]
    merged = list((place.output.with_suffix(".work") / "merged").glob("*.parquet"))
    assert len(merged) == count > 1
    # Frames, two models and a merge for each file, tables, and all.
    assert said.count("Finished jobid") == 1 + 3 * count + 2


@pytest.mark.workflow
def test_it_lints_and_names_a_wrong_configuration_before_any_job(place):
    status, said = place.snakemake("--lint", cores="")
    assert status == 0, said
    for change, words in (
        ({"options": "--workers 3"}, "--workers: the workflow itself gives this"),
        ({"options": "--windo 3"}, "did you mean --window"),
        ({"contigs": "none.fa"}, "there is no file none.fa"),
        ({"contig": "x"}, "contig: unknown; did you mean contigs?"),
        ({"output": "p.csv"}, "let its name end in .tsv"),
    ):
        before = dict(place.config)
        place.config |= change
        status, said = place.snakemake("--dry-run")
        place.config = before
        assert status != 0 and words in said
        assert "Traceback" not in said and not place.output.parent.exists()


@pytest.mark.workflow
def test_the_classifier_is_trained_by_a_rule(place):
    from sequence_folders import write_genomes

    write_genomes(place.folder / "genomes")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = place.folder / ".said"
    status = COMMANDS.run(
        [
            *("snakemake", "--snakefile", str(SNAKEFILE.with_name("sequences_training.smk"))),
            *("--cores", "1", "--config", "folder=genomes", "table=genomes/table.tsv"),
            "output=trained",
        ],
        place.folder,
        {**os.environ, "PATH": path},
        said,
    )
    assert status == 0, said.read_text()
    about = json.loads((place.folder / "trained" / "about.json").read_text())
    assert len(about["training"]) == 6 and about["accuracy"]["500"]["groups"]
    shutil.rmtree(place.folder / "trained")

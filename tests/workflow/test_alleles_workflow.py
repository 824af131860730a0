"""The workflow of alleles, really run by Snakemake: the command's bytes, and what it refuses."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from commandline import tiltyard
from commands import COMMANDS
from workplace import ROOT

SNAKEFILE = ROOT / "workflow" / "pipelines" / "alleles.smk"
EXAMPLE = ROOT / "config" / "pipelines" / "alleles.yaml"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    tiltyard("alleles", "example", cwd=folder)
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
        self.table = folder / self.config["output"]
        self.parts = self.table.with_name(f"{self.table.name}.samples")

    def snakemake(self, *words, cores="2"):
        """Exit status, and all that was said."""
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config))
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

    def command(self, *more):
        """The table that the command writes."""
        tiltyard(
            *("alleles", "count", "-v", "example/variants.vcf", "-f", "example/genome.fa"),
            *("--sheet", "example/samples.tsv", "-o", "whole.tsv", *more),
            cwd=self.folder,
        )
        return (self.folder / "whole.tsv").read_bytes()


@pytest.mark.workflow
def test_jobs_make_the_bytes_of_the_command_and_a_new_sample_is_one_job(place):
    place.config |= {"split_above_gb": 0, "groups": 2, "options": "--min-mapq 30 --keep-duplicate"}
    status, said = place.snakemake()
    assert status == 0, said
    assert place.table.read_bytes() == place.command("--min-mapq", "30", "--keep-duplicate")
    names = {path.name for path in place.parts.glob("*.part")}
    assert names == {f"{sample}.{group}-of-2.part" for sample in ("s1", "s2") for group in (1, 2)}
    assert "Nothing to be done" in place.snakemake()[1]
    sheet = place.folder / "example" / "samples.tsv"
    sheet.write_text(sheet.read_text() + "more\texample/s1.bam\n")
    status, said = place.snakemake()
    assert status == 0 and "count         2" in said, said
    assert place.table.read_bytes() == place.command("--min-mapq", "30", "--keep-duplicate")


@pytest.mark.workflow
def test_a_foreign_part_is_refused_and_named(place):
    status, said = place.snakemake()
    assert status == 0, said
    sheet = place.folder / "example" / "samples.tsv"
    sheet.write_text("".join(sheet.read_text().splitlines(keepends=True)[:-1]))
    status, said = place.snakemake()
    assert status != 0 and "s2.1-of-1.part: no file has the sample 's2'" in said
    (place.parts / "s2.1-of-1.part").unlink()
    status, said = place.snakemake()
    assert status == 0, said
    assert place.table.read_bytes() == place.command()


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shete": "x.tsv"}, "shete: unknown; did you mean sheet?"),
        ({"sheet": None}, "sheet: missing"),
        ({"fasta": 3}, "fasta: got 3, needs a path"),
        ({"threads": 0}, "threads: got 0, needs a whole number from 1"),
        ({"groups": True}, "groups: got True, needs a whole number from 1"),
        ({"split_above_gb": "much"}, "split_above_gb: got 'much', needs gigabytes from 0"),
        ({"options": ["--min-mapq"]}, "needs words as on the command line"),
        ({"options": "--min-mapp 3"}, "--min-mapp"),
        ({"options": "--output x.tsv"}, "--output: the workflow itself gives this; leave it out"),
        ({"variants": "nowhere.vcf"}, "variants: nowhere.vcf, seen from "),
        ({"sheet": "nowhere.tsv"}, "nowhere.tsv cannot be read"),
        ({"output": "results/x.csv"}, "x.csv: the ending of its name says no format"),
    ],
)
def test_a_wrong_configuration_is_named_before_any_job(place, change, words):
    place.config |= change
    status, said = place.snakemake("--dry-run")
    assert status != 0 and words in said and "Traceback" not in said
    assert not place.table.parent.exists()


@pytest.mark.workflow
def test_files_of_the_sheet_that_are_not_there_are_all_named(place):
    (place.folder / "example" / "s1.bam.bai").unlink()
    sheet = place.folder / "example" / "samples.tsv"
    sheet.write_text(sheet.read_text() + "gone\tgone.bam\n")
    status, said = place.snakemake("--dry-run")
    assert status != 0
    assert "example/s1.bam has no index; make it with: samtools index example/s1.bam" in said
    assert "alignments of gone: gone.bam" in said


@pytest.mark.workflow
def test_it_lints_and_fits_the_profile_of_a_cluster(place):
    status, said = place.snakemake("--lint", cores="")
    assert status == 0, said
    profile = ROOT / "workflow" / "profiles" / "slurm"
    status, said = place.snakemake("--dry-run", "--workflow-profile", str(profile), cores="")
    assert status == 0, said
    assert "count         2" in said

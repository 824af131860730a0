"""The example that the command writes, and what people do with it."""

import contextlib
import io
import os
import shutil
from pathlib import Path

import pytest
from commandline import tiltyard


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """A folder with the example's files; nobody may change it."""
    folder = tmp_path_factory.mktemp("example")
    with contextlib.redirect_stdout(io.StringIO()):
        tiltyard("alleles", "example", "example", cwd=folder)
    return folder / "example"


@pytest.fixture
def place(example, tmp_path):
    """A folder with the example's files, which a test may change."""
    for path in example.iterdir():
        if path.suffix in (".bam", ".bai"):
            os.link(path, tmp_path / path.name)
        else:
            shutil.copy2(path, tmp_path / path.name)
    return Place(tmp_path)


class Place:
    """A folder in which `tiltyard alleles count` is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def words(self, *more, files=("s1.bam", "s2.bam"), output="t.tsv"):
        """Words of the command for some of the files."""
        named = ["--output", output] if output else []
        bams = [word for name in files for word in ("-b", name)]
        return ["alleles", "count", "-v", "variants.vcf", "-f", "genome.fa", *bams, *named, *more]

    def count(self, *more, check=True, **changes):
        return tiltyard(*self.words(*more, **changes), cwd=self.folder, check=check)

    def names(self):
        return {path.name for path in self.folder.iterdir()}

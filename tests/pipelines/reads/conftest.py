"""What tests of reads share: the implementations, each of which has to give what the rule gives."""

import gzip

import pytest
from read_files import bgzf
from stream_files import MATES, ONE, TWO

from tiltyard.pipelines.reads.implementations import NAMES, implementation


def pytest_generate_tests(metafunc):
    """Run a test of `way` with every implementation that there is."""
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", [implementation(name) for name in NAMES], ids=NAMES)


@pytest.fixture
def written(tmp_path):
    """Writes bytes to a file, and returns its path."""

    def write(raw, name="reads.fq"):
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Files with the texts of `stream_files`, plain, compressed and mixed."""
    found = tmp_path_factory.mktemp("reads")
    for name, text in (("one", ONE), ("two", TWO), ("r1", MATES[0]), ("r2", MATES[1])):
        (found / f"{name}.fq").write_bytes(text)
    lines = [each.split(b"\n")[:-1] for each in MATES]
    mixed = [
        line for place in range(0, 240, 4) for each in lines for line in each[place : place + 4]
    ]
    (found / "mixed.fq").write_bytes(b"\n".join(mixed) + b"\n")
    (found / "one.fq.gz").write_bytes(gzip.compress(ONE))
    (found / "one.bgz").write_bytes(bgzf(ONE, 200))
    return found

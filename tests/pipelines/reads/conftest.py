"""What tests of reads share: the implementations, each of which has to give what the rule gives."""

import pytest

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

"""What tests of alleles share: the implementations, each of which has to give the same counts."""

import pytest

from tiltyard.pipelines.alleles.implementations import implementations


def pytest_generate_tests(metafunc):
    """Run a test of `implementation` with every one that there is."""
    if "implementation" in metafunc.fixturenames:
        found = implementations()
        metafunc.parametrize("implementation", found, ids=[each.name for each in found])


@pytest.fixture(scope="session")
def reference():
    return implementations()[0]

"""The study whose page the tests look at."""

import pytest
from planted import make_study


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("planted"))

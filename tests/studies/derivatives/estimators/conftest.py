"""Julia, for the tests that evaluate in it."""

from collections.abc import Iterator

import pytest
from conformance import stop_julia


@pytest.fixture(scope="module")
def julia_stops() -> Iterator[None]:
    """Julia's process ends with the module's tests."""
    yield
    stop_julia()

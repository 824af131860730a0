import itertools

import pytest

from tiltyard.studies.throughput.measuring.measure import measure


@pytest.fixture
def launched(tmp_path):
    """Function that measures a command in a folder of its own, with room limits."""
    numbers = itertools.count()

    def launch(command, **changes):
        wanted = {"workers": 4, "seconds": 60, "memory_mb": 4000, "seed": 1} | changes
        return measure(command, folder=tmp_path / f"launch-{next(numbers)}", **wanted)

    return launch

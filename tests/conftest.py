"""One thread for BLAS and OpenMP, before anything loads them: as in every worker of the study."""

from tiltyard.study.worker import pin_numerical_threads

pin_numerical_threads()


def pytest_collection_modifyitems(items):
    """The long ones first, so that no core waits for the other at the end."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)

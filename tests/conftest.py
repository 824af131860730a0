"""One thread for BLAS and OpenMP, before anything loads them: as in every worker of the study."""

from tiltyard.engine.work.worker import pin_numerical_threads

pin_numerical_threads()


def pytest_collection_modifyitems(items):
    """The long ones first, so that no core waits for the other at the end; on Slurm they wait."""
    order = {"slurm": 0, "workflow": 1}
    items.sort(key=lambda item: min(order.get(part, 2) for part in item.path.parts))

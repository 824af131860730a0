"""One real Slurm for all tests of a process, and studies that run on it."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from cluster import PATH, PROGRAMS, Cluster
from workplace import Workplace


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    missing = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    if missing:
        reason = f"Slurm is not installed: no {', '.join(missing)} (see docs/slurm.md)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def make_workplace(cluster):
    """A folder on the cluster's shared file system, as a user's environment finds it."""

    def make(folder: Path, config: dict) -> Workplace:
        python = Path(sys.executable).parent
        path = f"{python}{os.pathsep}{cluster.environment['PATH']}"
        return Workplace(folder, config, {**cluster.environment, "PATH": path})

    return make

"""The tests of Julia's estimators, written in Julia: julia/test/runtests.jl."""

import os
import subprocess

import pytest

from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia.image import find_image
from tiltyard.studies.derivatives.julia.runtime import find_julia, julia_environment


@pytest.mark.julia
def test_julias_own_tests_pass():
    root = project_root()
    runtime = find_julia(root)
    image = find_image(runtime)
    done = subprocess.run(
        [
            *(runtime.executable, "--startup-file=no"),
            *([f"--sysimage={image}"] if image else []),
            *("--project=julia", "julia/test/runtests.jl"),
        ],
        cwd=root,
        env={**os.environ, **julia_environment(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "DerivativeEstimators" in done.stdout  # the summary: tests were run

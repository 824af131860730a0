"""The system image: same numbers as without it, found for the present code only, optional."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia import image
from tiltyard.studies.derivatives.julia.installing import InstallError
from tiltyard.studies.derivatives.julia.runtime import find_julia

RUNTIME = find_julia(project_root())

# Prints every bit of what some estimators give, and the seconds of the first call.
SCRIPT = """
import json, sys
import numpy as np
from tiltyard.studies.derivatives.julia.image import find_image
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.julia.session import (
    JuliaCall,
    Session,
    results_bytes,
    view_results,
)
from tiltyard.engine.project import project_root

runtime = find_julia(project_root())
session = Session(runtime, 1, find_image(runtime) if sys.argv[1] == "with" else None)
t = np.linspace(0.0, 8.0, 60)
y = np.sin(t) + 1e-3 * np.sin(97.0 * t**2)
calls = [JuliaCall(name, t, y, t, (0, 1, 2)) for name in sys.argv[2:]]
memory = np.zeros(results_bytes(len(calls), 3, len(t)), np.uint8)
session.evaluate(calls, memory)
results = view_results(memory, len(calls), 3, len(t))
print(json.dumps([results.values.tobytes().hex(), results.costs[:, 2].tolist()]))
"""
NAMES = ("chebyshev", "gaussian_process_se")


def run(kind):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, *NAMES], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.julia
@pytest.mark.skipif(
    not any(map(shutil.which, image.COMPILERS)), reason="without a C compiler there is no image"
)
def test_an_image_changes_no_number_and_leaves_nothing_to_compile():
    assert image.find_image(RUNTIME), "`make image` builds it: run `tiltyard julia --compile`"
    values, warm_up = run("with")
    plain_values, plain_warm_up = run("without")
    assert values == plain_values
    # Not a timing, but compiling or not: seconds against milliseconds.
    assert sum(warm_up) < 0.2 * sum(plain_warm_up)


def test_changed_code_or_another_julia_has_no_image(tmp_path, monkeypatch):
    other = replace(RUNTIME, version="1.6.7")
    assert image.find_image(other) is None
    extra = tmp_path / "new.jl"
    extra.write_text("# an estimator\n")
    files = image.julia_files()
    monkeypatch.setattr(image, "julia_files", lambda: [*files, extra])
    assert image.find_image(RUNTIME) is None


def test_without_a_compiler_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(image.shutil, "which", lambda name: None)
    monkeypatch.setattr(image, "project_root", lambda: tmp_path)
    with pytest.raises(InstallError, match=r"no C compiler.*each job compiles"):
        image.build_image(RUNTIME)
    assert not list(tmp_path.rglob("*.so"))

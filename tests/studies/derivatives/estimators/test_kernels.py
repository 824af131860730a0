"""Estimates hang on the data, not on the kernel that BLAS has for this processor.

Kernels round sums in another order. An algorithm in which that matters gives every kind of
processor other numbers: a basis of polynomials that left half of its orthogonality to a symmetry
was off by 7e-7 wherever a kernel uses fused multiply-add, and right where the tests ran. Here
estimates are computed under the default kernel and under the one most unlike it.
``make test-kernels`` runs all of Julia's tests and these folders' under every kernel.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kernels import BUILT_AS, CORE_TYPE, NEEDS, other_than, runnable

import tiltyard.studies.derivatives.estimators as estimators
from tiltyard.engine.machine.facts import python_kernels
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.contract import ESTIMATORS, as_estimate
from tiltyard.studies.derivatives.julia.image import find_image
from tiltyard.studies.derivatives.julia.runtime import JuliaMissing, find_julia, julia_environment
from tiltyard.studies.derivatives.julia.sources import julia_command

#: Estimators of both languages whose numbers hang most on products and factorisations of BLAS, with
#: the file that has them: Gram polynomials of high degree in long windows (where the basis above
#: was found), singular vectors and eigenvalues of pencils, orthogonal bases, covariances. All of
#: them would take a hundred times as long.
CHOSEN = {
    "savitzky_golay_adaptive": "savitzky_golay",
    "savitzky_golay_curvature": "savitzky_golay_curvature",
    "aaa": "aaa",
    "chebyshev": "chebyshev",
    "fourier": "fourier",
    "gaussian_process_se": "gaussian_process_se",
}
ORDERS = tuple(range(8))
#: Of each order's largest value, as between languages.
TOLERANCE = 1e-8

PYTHON_PROGRAM = """
import sys
import numpy as np
import test_kernels

found = test_kernels.in_python(*np.load(sys.argv[1]))
kernels = [words.split()[-1] for words in test_kernels.python_kernels()]
np.savez(sys.argv[2], kernels=kernels, **found)
"""
JULIA_PROGRAM = """
t, y = eachcol(reshape(collect(reinterpret(Float64, read(ARGS[1]))), :, 2));
open(ARGS[2], "w") do file
    for name in ARGS[3:end]
        method = DerivativeEstimators.method(name)
        found = DerivativeEstimators.estimate(method, Vector(t), Vector(y), Vector(t), collect(0:7))
        write(file, found isa DerivativeEstimators.Estimate ? found.values : found)
    end
end
"""

Array = np.ndarray


def data() -> Array:
    """Times and samples, with so little noise that a basis that is off by 1e-7 shows."""
    t = np.linspace(0.0, 8.0, 101)
    noise = np.random.default_rng(5).standard_normal(len(t))
    return np.array([t, np.sin(t) + 0.3 * np.cos(3 * t) + 1e-6 * noise])


def in_python(t: Array, y: Array) -> dict[str, Array]:
    """What the chosen estimators give in this process."""
    for module in pkgutil.walk_packages(estimators.__path__, estimators.__name__ + "."):
        if module.name.rpartition(".")[2] in CHOSEN.values():
            importlib.import_module(module.name)
    found = {}
    for name in CHOSEN:
        function = ESTIMATORS[name, "python"].function
        assert function is not None
        found[name] = as_estimate(function(t, y, t, ORDERS), (len(ORDERS), len(t))).values
    return found


def in_python_under(kernel: str, folder: Path) -> dict[str, Array]:
    """The same under another kernel."""
    source, target = folder / "given.npy", folder / "found.npz"
    np.save(source, data())
    folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, CORE_TYPE: kernel, "PYTHONPATH": folders}
    command = [sys.executable, "-c", PYTHON_PROGRAM, source, target]
    subprocess.run(command, env=environment, check=True)
    found = dict(np.load(target))
    assert set(found.pop("kernels")) <= {kernel, *BUILT_AS.get(kernel, ())}
    return found


def in_julia_under(kernel: str, folder: Path) -> dict[str, Array]:
    """What the chosen estimators give in Julia under this kernel."""
    source, target = folder / "given", folder / "found"
    source.write_bytes(data().tobytes())
    runtime = find_julia(project_root())
    assert runtime.kernel == kernel
    command = julia_command(JULIA_PROGRAM, runtime)
    if image := find_image(runtime):
        command.insert(1, f"--sysimage={image}")
    environment = {**os.environ, **julia_environment(project_root()), CORE_TYPE: kernel}
    subprocess.run([*command, source, target, *CHOSEN], env=environment, check=True)
    values = np.fromfile(target).reshape(len(CHOSEN), -1, len(ORDERS))
    return dict(zip(CHOSEN, values.transpose(0, 2, 1), strict=True))


def other_kernel(own: str) -> str:
    """The kernel most unlike `own` that this processor runs."""
    other = other_than(own)
    if other is None:
        pytest.skip(f"this processor has no kernel unlike {own}, only {runnable()}")
    return other


def compare(found: dict[str, Array], kernel: str) -> None:
    for name, values in in_python(*data()).items():
        scale = np.max(np.abs(values), axis=1, keepdims=True)
        worst = np.max(np.abs(found[name] - values) / scale, axis=1)
        assert np.all(worst <= TOLERANCE), f"{name} under {kernel}, by order: {worst}"


@pytest.mark.skipif(os.environ.get(CORE_TYPE) not in runnable(), reason=f"{CORE_TYPE} names none")
def test_the_kernel_that_the_variable_names_is_the_one_that_is_tested() -> None:
    kernel = os.environ[CORE_TYPE]
    families = {words.split()[-1] for words in python_kernels()}
    assert families <= {kernel, *BUILT_AS.get(kernel, ())}
    try:
        assert find_julia(project_root()).kernel == kernel
    except JuliaMissing as missing:
        pytest.skip(str(missing))


def test_estimates_in_python_do_not_hang_on_the_kernel(tmp_path: Path) -> None:
    kernel = other_kernel(python_kernels()[0].split()[-1])
    compare(in_python_under(kernel, tmp_path), kernel)


@pytest.mark.julia
def test_estimates_in_julia_do_not_hang_on_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared with Python's under the default kernel: both languages agree under that one."""
    try:
        own = find_julia(project_root()).kernel
    except JuliaMissing as missing:
        pytest.skip(str(missing))
    kernel = other_kernel(own)
    monkeypatch.setenv(CORE_TYPE, kernel)  # its self-test passes there too
    compare(in_julia_under(kernel, tmp_path), kernel)


def test_kernels_follow_from_the_instruction_sets() -> None:
    assert runnable("x86_64 some processor pni avx") == ["Prescott", "Sandybridge"]
    assert runnable("x86_64 pni avx avx2 fma") == ["Prescott", "Sandybridge", "Haswell", "Zen"]
    assert runnable("aarch64 asimd") == []


@pytest.mark.parametrize(
    ("kernel", "other"),
    [
        ("Haswell", "Prescott"),
        ("SkylakeX", "Prescott"),
        ("Barcelona", "SkylakeX"),
        ("Katmai", "SkylakeX"),
    ],
)
def test_of_a_kernel_with_fused_multiply_add_the_other_has_none(kernel: str, other: str) -> None:
    assert other_than(kernel, list(NEEDS)) == other


def test_a_processor_with_one_kernel_has_no_other() -> None:
    assert other_than("Prescott", ["Prescott", "Sandybridge"]) is None
    assert other_than("Barcelona", []) is None

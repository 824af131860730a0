"""Whoever differentiates data needs few packages; a missing one is named with its command."""

import subprocess
import sys

import pytest

from tiltyard.engine.extras import command_for, require

#: Top-level modules of what the extra `study` brings.
STUDY = (
    "babel",  # of the extra `languages`
    *("heyoka", "jill", "jsonschema", "julia", "mpmath", "plotly", "psutil"),
    *("pyarrow", "yaml", "rocrate", "sklearn", "snakemake"),
    *("cvxpy", "derivative", "pynumdiff", "statsmodels"),
)
#: An interpreter that says it has none of them, pandas' own way of asking included.
WITHOUT = f"""
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {STUDY}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name.partition(".")[0] in {STUDY} else found(name, package)
)
sys.meta_path.insert(0, Missing())
"""


def without_the_study(code, cwd, check=True):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code], cwd=cwd, capture_output=True, text=True, check=check
    )


DIFFERENTIATE = """
import numpy as np, tiltyard
t = np.linspace(0, 6, 41)
noisy = np.sin(t) + 0.01 * np.random.default_rng(1).standard_normal(41)
np.savetxt("data.csv", np.c_[t, noisy], delimiter=",", header="t,x", comments="")
found = tiltyard.differentiate(t, noisy, 1, draws=1)
found.plot("d.png")
print(found.report())
sys.argv = ["tiltyard", "differentiate", "data.csv", "--draws", "1", "--output", "d.csv"]
from tiltyard.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
# A plain file does not pay for workbooks.
assert "python_calamine" not in sys.modules
own = [name for name in sys.modules if name.startswith("tiltyard.")]
print("OWN", *own)
"""


def test_differentiating_takes_none_of_the_studys_packages_and_little_of_its_code(tmp_path):
    said = without_the_study(DIFFERENTIATE, tmp_path).stdout
    assert (tmp_path / "d.csv").is_file() and (tmp_path / "d.png").is_file()
    own = said.rpartition("OWN ")[2].split()
    studies = [n for n in own if n.startswith("tiltyard.studies.derivatives.")]
    rooms = {name.split(".")[3] for name in studies}
    # The ends of bands are told by the module that scores them.
    assert rooms == {"bands", "contract", "estimators", "importing", "metrics", "numerics"}
    engine = {name.split(".")[2] for name in own if name.startswith("tiltyard.engine.")}
    assert engine <= {"extras", "files", "machine", "methods", "outcome", "wording"}


def test_every_public_name_is_there():
    import tiltyard

    assert all(getattr(tiltyard, name) is not None for name in tiltyard.__all__)
    with pytest.raises(AttributeError, match="no attribute 'diferentiate'"):
        tiltyard.diferentiate  # noqa: B018


def test_importing_the_package_takes_a_tenth_of_a_second():
    clock = "time.process_time()"
    code = f"import time; start = {clock}; import tiltyard; print({clock} - start)"
    seconds = [
        float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(3)
    ]
    assert min(seconds) < 0.1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "from tiltyard.application.reading.months import month_numbers\nmonth_numbers(['Okt'])",
            "reading the month 'Okt' needs babel, which is not installed: "
            "pip install 'tiltyard[languages]'",
        ),
        (
            "import tiltyard; tiltyard.Differentiation",
            "tiltyard.Differentiation needs scikit-learn, which is not installed: "
            "pip install 'tiltyard[study]'",
        ),
        (
            "from pathlib import Path; Path('a.parquet').write_bytes(b'PAR1')\n"
            "from tiltyard.application.reading import read_records\n"
            "read_records(Path('a.parquet'))",
            "reading a.parquet needs pyarrow, which is not installed: "
            "pip install 'tiltyard[parquet]'",
        ),
        (
            "from pathlib import Path\n"
            "from tiltyard.application.writing import check_endings\n"
            "check_endings(Path('a.parquet'), None)",
            "writing a.parquet needs pyarrow, which is not installed: "
            "pip install 'tiltyard[parquet]'",
        ),
        (
            "from tiltyard.application.estimation import find_estimator\n"
            "find_estimator('support_vector_spline')",
            "support_vector_spline needs scikit-learn, not installed: "
            "pip install 'tiltyard[study]'",
        ),
    ],
)
def test_what_needs_more_says_which_command_installs_it(tmp_path, code, words):
    done = without_the_study(code, tmp_path, check=False)
    assert done.returncode and done.stderr.strip().endswith(f"MissingPackage: {words}")


def test_an_unknown_name_is_looked_for_in_what_is_there_and_the_rest_is_named(tmp_path):
    code = (
        "from tiltyard.application.estimation import find_estimator\n"
        "try: find_estimator('suport_vector_spline')\n"
        "except ValueError as error: print(error)\n"
        "print(find_estimator('savitzky_golay_adaptive').name)"
    )
    said = without_the_study(code, tmp_path).stdout
    assert "did you mean support_vector_spline or support_vector_regression?" in said
    assert "pip install 'tiltyard[study]' adds" in said and "support_vector_regression" in said
    assert said.endswith("savitzky_golay_adaptive\n")


def test_one_command_installs_several_packages(monkeypatch):
    from tiltyard.engine import extras

    table = (("scikit-learn", "study"), ("pyarrow", "parquet"), ("pyarrow", "study"))
    monkeypatch.setattr(extras, "_extras", lambda: (*table, ("pynumdiff", "peers")))
    assert command_for(["sklearn"]) == "pip install 'tiltyard[study]'"
    assert command_for(["sklearn", "pyarrow.parquet"]) == "pip install 'tiltyard[study]'"
    assert command_for(["pynumdiff", "sklearn"]) == "pip install 'tiltyard[peers,study]'"
    assert command_for(["of_nobody"]) == "pip install 'tiltyard[study]'"
    require("numpy", "nothing", "study")

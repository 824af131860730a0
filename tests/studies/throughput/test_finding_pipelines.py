"""Pipelines of other packages: one that fails breaks no other, and says why."""

import shutil
import sys

import pytest
from packages import install
from workplace import PLUGINS

from tiltyard.engine.methods.plugins import LIMIT_VARIABLE
from tiltyard.pipelines.pipeline import GROUP
from tiltyard.studies.throughput import finding
from tiltyard.studies.throughput.finding import find_pipeline, pipeline_code, pipeline_names

FAILING = {
    "raises": ("raise ValueError('on purpose')", "ValueError: on purpose"),
    "segfaults": ("import ctypes\nctypes.string_at(0)", "killed by SIGSEGV"),
    "sleeps": ("import time\ntime.sleep(600)", "not imported within 3 s"),
    "lacks_it": ("", "has no attribute 'kind'"),
    "number": ("kind = 3", "is no pipeline: it lacks"),
    "needs": ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages; what is known of others is forgotten before and after."""
    monkeypatch.setattr(finding, "project_root", lambda: tmp_path / "project")
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(LIMIT_VARIABLE, "3")
    find_pipeline.cache_clear()
    yield folder
    find_pipeline.cache_clear()
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


def bring(site, name, text="", point="kind"):
    install(site, name, text, f"[{GROUP}]\n{name} = {name}:{point}\n")


def test_a_pipeline_is_found_by_its_name(site):
    bring(site, "burning", (PLUGINS / "burning.py").read_text(), "Burning")
    assert "burning" in pipeline_names()
    found = find_pipeline("burning")
    assert found.name == "burning" and found is find_pipeline("burning")
    before = pipeline_code()["burning"]
    with (site / "burning" / "__init__.py").open("a") as file:
        file.write("# edited\n")
    assert pipeline_code()["burning"] != before


@pytest.mark.parametrize("name", FAILING)
def test_one_that_fails_is_named_with_the_reason(site, name):
    text, reason = FAILING[name]
    bring(site, name, text)
    with pytest.raises(ValueError, match="mend or") as refused:
        find_pipeline(name)
    assert reason in str(refused.value) and f"{name!r} of {name} 1.0" in str(refused.value)


def test_one_with_another_name_is_refused(site):
    text = (PLUGINS / "burning.py").read_text()
    bring(site, "other", text, "Burning")
    with pytest.raises(ValueError, match="is called 'burning', not 'other'"):
        find_pipeline("other")


def test_an_unknown_name_lists_those_that_there_are(site):
    bring(site, "burning", (PLUGINS / "burning.py").read_text(), "Burning")
    with pytest.raises(ValueError, match=r"'none' is unknown; installed packages bring .*burning"):
        find_pipeline("none")


def test_two_packages_with_one_name_are_told(site):
    bring(site, "burning", (PLUGINS / "burning.py").read_text(), "Burning")
    install(site, "again", "", f"[{GROUP}]\nburning = again:kind\n")
    with pytest.raises(ValueError, match=r"brought by again 1.0 and burning 1.0; uninstall one"):
        find_pipeline("burning")


def test_a_package_that_is_not_there_is_named_with_its_extra(site, monkeypatch):
    """Of this package's own pipelines, whose extras are known."""
    bring(site, "lacking", "import pysam.no_such_part")
    shutil.rmtree(site / "lacking")
    monkeypatch.setattr(finding, "OWN", "lacking")
    (site / "lacking.py").write_text("raise ModuleNotFoundError('no pysam', name='pysam')\n")
    with pytest.raises(ValueError, match=r"needs pysam, .*: pip install 'tiltyard\[alleles\]'"):
        find_pipeline("lacking")

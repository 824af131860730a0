"""What packages with estimators import: `tiltyard.plugin`, and for one release the former paths."""

import importlib
import sys

import pytest

from tiltyard import plugin
from tiltyard.engine import outcome
from tiltyard.studies.derivatives import contract


def test_the_names_are_those_of_the_contract():
    assert plugin.estimator is contract.estimator and plugin.ESTIMATORS is contract.ESTIMATORS
    assert plugin.UnsupportedError is outcome.UnsupportedError
    assert all(hasattr(plugin, name) for name in plugin.__all__)


@pytest.mark.parametrize(
    ("former", "names"),
    [
        ("tiltyard.derivatives.estimator", ["estimator", "Estimate", "Array", "ESTIMATORS"]),
        ("tiltyard.study.outcome", ["UnsupportedError"]),
    ],
)
def test_the_former_paths_give_the_same_and_name_the_new_one(former, names, tmp_path, monkeypatch):
    lines = [f"from {former} import {', '.join(names)}"]
    (tmp_path / "package_of_yesterday.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for module in (former, "package_of_yesterday"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.warns(DeprecationWarning, match=r"import from tiltyard\.plugin") as caught:
        yesterday = importlib.import_module("package_of_yesterday")
    # The line that is to be changed, not one of ours.
    assert [warning.filename for warning in caught] == [str(tmp_path / "package_of_yesterday.py")]
    assert all(getattr(yesterday, name) is getattr(plugin, name) for name in names)

"""Estimators of installed packages, called on one's own data: found by name, and kept in place."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hostile_packages import FAILING, GOOD
from packages import install_estimators

from tiltyard import differentiate
from tiltyard.application.series import UnusableData
from tiltyard.studies.derivatives.contract import ESTIMATORS

FACTS = "FACTS = {**FACTS, 'family': 'spectral'}\n"
CODE = (
    GOOD
    + FACTS
    + """
import os
print("imported")
os.chdir("/")

@estimator("brought", **FACTS)
def brought(t, y, t_eval, orders):
    os.chdir("/")
    print("called")
    return flat(t, y, t_eval, orders)

@estimator("ends", **FACTS)
def ends(t, y, t_eval, orders):
    raise SystemExit(3)
"""
)
T = np.linspace(0, 1, 30)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages, beside which this process works; all is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    known = dict(ESTIMATORS._methods)
    yield tmp_path
    ESTIMATORS._methods = known
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def call(name):
    return differentiate(T, T**2, orders=[0, 1], estimator=name, draws=0)


def test_one_is_found_by_its_name_and_moves_nothing(site, capsys):
    install_estimators(site, "segfaults", FAILING["segfaults"][0])
    install_estimators(site, "bringer", CODE)
    assert call("brought").estimator == "brought"
    assert Path.cwd() == site and "segfaults" not in sys.modules
    assert capsys.readouterr().out == ""
    with pytest.raises(UnusableData, match="ends fails on these samples"):
        call("ends")


def test_a_package_that_fails_is_named_where_a_name_is_not_found(site):
    install_estimators(site, "segfaults", FAILING["segfaults"][0])
    with pytest.raises(ValueError, match=r"no Python estimator 'brought'.*not listed: segfaults 1"):
        call("brought")

"""Machines that are alike are one, and what is not alike never mixes."""

import platform
import re

import pytest

from tiltyard.engine.machine import facts
from tiltyard.engine.machine.groups import Allowance

CPUINFO = """processor : 0
model name : Processor 9
stepping : {stepping}
cpu MHz : {mhz}
flags : fpu avx2 {flags} sse2

processor : 1
model name : Processor 9
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Plants what the system says of itself; returns the fingerprint."""
    for name in ("CPUINFO", "SMT"):
        monkeypatch.setattr(facts, name, tmp_path / name)

    def plant(*, stepping=1, mhz=2400.02, flags="fma", smt="1", quotas=(), **more):
        text = CPUINFO.format(stepping=stepping, mhz=mhz, flags=flags)
        (tmp_path / "CPUINFO").write_text(text)
        (tmp_path / "SMT").write_text(smt)
        monkeypatch.setattr(facts, "quotas", lambda: [Allowance(q, q, "") for q in quotas])
        for name, value in more.items():
            monkeypatch.setattr(platform, name, lambda value=value: value)
        return facts.fingerprint()

    return plant


def test_fingerprint_is_the_same_at_each_call_and_at_each_frequency(machine):
    assert re.fullmatch("[0-9a-f]{16}", facts.fingerprint())
    assert machine() == machine(mhz=2400.07) == machine(node="another host")


@pytest.mark.parametrize(
    "change", [{"stepping": 2}, {"flags": "fma avx512f"}, {"smt": "0"}, {"release": "6.9"}]
)
def test_another_machine_has_another_fingerprint(machine, change):
    assert machine() != machine(**change)


def test_another_kernel_is_another_machine(machine, monkeypatch):
    before = machine()
    assert facts.fingerprint(["julia 1.10.4 Zen"]) != before
    monkeypatch.setattr(facts, "python_kernels", lambda: ["openblas 0.3.30 Prescott"])
    assert machine() != before


@pytest.mark.parametrize(("quotas", "said"), [([], ""), ([2], "2"), ([4, 1.5], "1.5")])
def test_quota_of_a_control_group_is_part_of_it(machine, quotas, said):
    machine(quotas=quotas)
    assert facts.machine_identity()["cores"].partition(", quota ")[2] == said


def test_identity_has_no_name_of_the_host():
    assert platform.node() not in " ".join(facts.machine_identity().values()).split()

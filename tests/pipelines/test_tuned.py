"""What tuning found is remembered for this machine, and for no other."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tiltyard.pipelines import tuned
from tiltyard.pipelines.tuned import Tuned, cache_folder, recall, remember

FOUND = Tuned(
    pipeline="alleles",
    strategy="auto-w2",
    workers=2,
    command="tiltyard alleles count --threads 2",
    seconds=(12.0, 11.0, 13.5),
    memory_mb=(200.0, 190.0, 210.0),
    cores=2,
    date="2026-05-04T12:00:00",
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_what_is_remembered_is_recalled_until_the_next_time(own_cache):
    assert recall("alleles") is None
    path = remember(FOUND)
    assert path.is_relative_to(own_cache / "tiltyard")
    kept = recall("alleles")
    assert (kept.workers, tuple(kept.seconds)) == (2, FOUND.seconds)
    assert kept.words == "2 workers, as tiltyard tune found on this machine on 2026-05-04"
    remember(replace(FOUND, workers=1))
    assert recall("alleles").workers == 1
    assert recall("reads") is None


@pytest.mark.parametrize("change", ["model name\t: other", "stepping\t: 9"])
def test_another_processor_knows_nothing_and_another_frequency_does(tmp_path, monkeypatch, change):
    plain = "model name\t: p\nstepping\t: 1\ncpu MHz\t\t: 2400.02\n"
    monkeypatch.setattr(tuned, "CPUINFO", tmp_path / "cpuinfo")
    tuned.CPUINFO.write_text(plain)
    remember(FOUND)
    tuned.CPUINFO.write_text(plain.replace("2400.02", "2400.07"))
    assert recall("alleles") is not None
    name = change.partition("\t")[0]
    lines = [change if line.startswith(name) else line for line in plain.splitlines()]
    tuned.CPUINFO.write_text("\n".join(lines))
    assert recall("alleles") is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"workers": 0}', "\x00"])
def test_a_damaged_record_is_none(text):
    path = remember(FOUND)
    path.write_text(text)
    assert recall("alleles") is None


def test_a_number_that_is_none_is_not_used():
    path = remember(FOUND)
    path.write_text(path.read_text().replace('"workers": 2', '"workers": "2"'))
    assert recall("alleles") is None


def test_cache_folder_follows_the_specification(monkeypatch):
    assert cache_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/tiltyard")
    assert cache_folder({"XDG_CACHE_HOME": "rel"}) == Path.home() / ".cache" / "tiltyard"


def test_recalling_imports_little():
    code = (
        "import sys\nfrom tiltyard.pipelines.tuned import recall\nrecall('alleles')\n"
        "print(sorted({'numpy', 'scipy', 'pandas', 'psutil', 'pyarrow'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"

"""A run that is stopped or killed, and the next one, which takes up what was finished."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tiltyard.pipelines import alleles

#: The plain implementation is slow enough to be stopped in the midst of its files.
SLOWLY = ("--implementation", "reference", "--threads", "1")
FILES = ("s1.bam", "s2.bam", "x:s1.bam", "y:s2.bam")
PARTS = "t.tsv.parts"


def stopped(place, number):
    """Exit status of a run that got the signal as soon as a first file was finished."""
    program = Path(sys.executable).with_name("tiltyard")
    process = subprocess.Popen(
        [program, *place.words(*SLOWLY, files=FILES)],
        cwd=place.folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while not list((place / PARTS).glob("*.part")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.005)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, said


@pytest.fixture(scope="module")
def right(example):
    """What the whole run writes."""
    from commandline import tiltyard

    folder = example.parent
    words = [word for name in FILES for word in ("-b", name)]
    tiltyard(
        *("alleles", "count", "-v", "variants.vcf", "-f", "genome.fa", *words),
        *("-o", "../whole.tsv"),
        cwd=example,
    )
    return (folder / "whole.tsv").read_bytes()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_a_stopped_run_leaves_parts_only_and_the_next_takes_them_up(place, right, number, status):
    before = place.names()
    found, said = stopped(place, number)
    assert found == status
    if number != signal.SIGKILL:
        assert place.names() == {*before, PARTS}
        assert f"finished files are in {PARTS}; the same command goes on" in said
        assert {path.suffix for path in (place / PARTS).iterdir()} == {".part"}
        assert "Traceback" not in said
    done = place.count(*SLOWLY, files=FILES)
    assert f"of 4 files were finished before: taken from {PARTS}" in done.stderr
    assert (place / "t.tsv").read_bytes() == right
    assert place.names() == {*before, "t.tsv"}


@pytest.fixture(scope="module")
def finished(example, tmp_path_factory):
    """Parts of all files, as of a run that was killed before it wrote its table."""
    folder = tmp_path_factory.mktemp("finished") / PARTS
    named = [(name, Path(file)) for name, _, file in (word.rpartition(":") for word in FILES)]
    files = [f"{name or file.stem}:{example / file}" for name, file in named]
    alleles.count(example / "variants.vcf", example / "genome.fa", files, parts=folder)
    assert len(list(folder.iterdir())) == len(FILES)
    return folder


@pytest.fixture
def killed(place, finished):
    """The folder of a run that was killed before it wrote its table."""
    shutil.copytree(finished, place / PARTS)
    return place


def test_everything_that_is_finished_is_taken_and_nothing_is_counted(killed, right):
    done = killed.count(files=FILES)
    assert "4 of 4 files were finished before" in done.stderr
    assert (killed / "t.tsv").read_bytes() == right


def test_a_damaged_part_is_named_and_counted_again(killed, right):
    first, *_ = (killed / PARTS).iterdir()
    content = bytearray(first.read_bytes())
    content[-3] ^= 1
    first.write_bytes(content)
    done = killed.count(files=FILES)
    assert f"{first.name}: damaged: its digest is not that of its content; counted again" in (
        done.stderr.rekilled("\n", "")
    )
    assert "3 of 4 files were finished before" in done.stderr
    assert (killed / "t.tsv").read_bytes() == right


@pytest.mark.parametrize("change", ["option", "alignment", "variants", "reference"])
def test_parts_of_other_inputs_are_not_taken(killed, change):
    words = ()
    if change == "option":
        words = ("--min-mapq", "21")
    elif change == "alignment":
        for name in ("s1.bam", "s2.bam"):
            shutil.copy(killed / name, killed / "copy")
            os.replace(killed / "copy", killed / name)  # the same bytes at another time
    elif change == "variants":
        lines = (killed / "variants.vcf").read_text().splitlines(keepends=True)
        (killed / "variants.vcf").write_text("".join(lines[:-1]))
    else:
        (killed / "genome.fa").touch()
    done = killed.count(*words, files=FILES)
    assert "finished before" not in done.stderr

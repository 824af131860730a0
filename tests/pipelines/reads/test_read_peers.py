"""What others read, count and keep is what we do (`make test-peers`): made files and real ones.

TILTYARD_REAL_READS names a folder of real files with a README.md whose table has a row for each:
its name, then records and bases. Without it those of seqkit-examples are read alone.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import PEER, Work
from tiltyard.pipelines.reads import FastqStream
from tiltyard.pipelines.reads.benchmark import peers, workloads
from tiltyard.pipelines.reads.faults import InputError, ReadError
from tiltyard.pipelines.reads.pipeline import Reads

pytestmark = pytest.mark.peers
READS = Reads()
EXAMPLES = Path("usr/share/doc/seqkit-examples/tests")
LIBRARIES = ("dnaio", "needletail", "pyfastx", "pysam", "biopython")
#: Whole files of seqkit-examples: records and bases, by seqkit 2.3.1 and dnaio 1.2.4 too.
COUNTS = {
    "Illimina1.8.fq.gz": (10_000, 1_500_000),
    "nanopore.fq.gz": (4000, 1_798_723),
    "pcs109_5k.fq.gz": (5000, 4_188_043),
    "reads_1.fq.gz": (2500, 567_516),
    "reads_2.fq.gz": (2500, 560_002),
    "sana_ground.fq.gz": (11, 6370),
    "d.fq": (1, 4),
    "hairpin.fa.gz": (28_645, 2_949_871),
    "mature.fa.gz": (35_828, 781_222),
    "SIRV_150601a.fasta.gz": (7, 223_019),
    "sana_ground.fas.gz": (12, 7147),
    "titin.fas.gz": (1, 18_141),
    "contigs.fa": (9, 54),
    "hsa.fa": (4, 40),
    "virues.fasta": (4, 240),
    "mouse-p53-cds.fna": (1, 1173),
}
#: Refused by the rules: digits in a sequence, a blank before the first record.
REFUSED = {"a.fa": "sequence_byte", "b.fa": "sequence_byte", "blank.fx": "not_reads"}


def examples():
    """Folder of seqkit-examples, installed or unpacked."""
    for root in (Path("/"), project_root() / ".venv-peers" / "programs"):
        if (root / EXAMPLES).is_dir():
            return root / EXAMPLES
    raise AssertionError("seqkit-examples are not there: make peers-reads")


def counted(path, **how):
    batches = list(FastqStream(path, **how))
    return sum(map(len, batches)), sum(batch.bases for batch in batches)


def by_seqkit(path):
    command = [peers.program(peers.SEQKIT), "stats", "--tabular", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names, values = (line.split("\t") for line in done.stdout.splitlines())
    row = dict(zip(names, values, strict=True))
    return int(row["num_seqs"]), int(row["sum_len"])


#: Digest of ids, sequences and qualities, and of reverse complements by deepbiop.
PROGRAM = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
import deepbiop, libraries
count, bases, read, turned = 0, 0, hashlib.sha256(), hashlib.sha256()
text = lambda value: value if isinstance(value, str) else (value or b"").decode("latin-1")
for name, sequence, quality in libraries.records(sys.argv[2], sys.argv[3]):
    words = text(name).split(None, 1)
    own = (words[0] if words else "", text(sequence), text(quality))
    read.update((" ".join(own) + "\\n").encode("latin-1"))
    turned.update(deepbiop.core.reverse_complement(text(sequence)).encode())
    count, bases = count + 1, bases + len(sequence)
print(json.dumps([count, bases, read.hexdigest(), turned.hexdigest()]))
"""


def by_library(library, path):
    command = [peers.python(), "-c", PROGRAM, str(peers.CALLER.parent), library, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_us(path):
    import hashlib

    count, bases, read, turned = 0, 0, hashlib.sha256(), hashlib.sha256()
    for batch in FastqStream(path):
        for name, sequence, quality in zip(
            batch.ids, batch.sequences, batch.qualities or [b""] * len(batch), strict=True
        ):
            read.update(b"%b %b %b\n" % (name, sequence, quality))
        count, bases = count + len(batch), bases + batch.bases
    for batch in FastqStream(path, ["reverse_complement"]):
        for sequence in batch.sequences:
            turned.update(sequence)
    return [count, bases, read.hexdigest(), turned.hexdigest()]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Works of made files by compression, and one of long reads."""
    folder = tmp_path_factory.mktemp("made")
    found = {}
    lists = {"reads": [3000], "task": ["count"], "compression": ["plain", "gzip", "bgzf"]}
    for number, workload in enumerate(
        [
            *workloads.workloads_of(lists),
            *workloads.workloads_of({"reads": [60], "length": [5000], "lengths": ["spread"]}),
        ]
    ):
        own = folder / str(number)
        own.mkdir()
        found[workload.name] = workloads.make(workload, own, np.random.default_rng(3))
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_read_what_we_read(made, library):
    for work in made.values():
        (path,) = work.files["reads"]
        assert by_library(library, path) == by_us(path), path


def test_reads_are_counted_as_seqkit_counts_them(made):
    for work in made.values():
        (path,) = work.files["reads"]
        assert by_seqkit(path) == counted(path) == (work.units["reads"], work.units["bases"])


@pytest.mark.parametrize("task", ["count", "chain", "filter"])
def test_strategies_of_others_do_the_work_and_are_compared(made, task, tmp_path):
    names = [name for name in peers.NAMES if peers.task_of(name) == task]
    config = {
        "workload": {"reads": [3000], "task": [task]},
        "strategies": ["kernels-w1", *names],
    }
    READS.check(config)
    (workload,) = READS.workloads(config)
    files = next(iter(made.values())).files
    work = Work(workload, files, next(iter(made.values())).units)
    expected = tmp_path / "expected"
    found = {one.name: one for one in READS.strategies(config)}
    command = READS.command(found["kernels-w1"], work, expected)
    subprocess.run(command, check=True, capture_output=True)
    for name in names:
        output = tmp_path / name
        assert PEER in found[name].tags and READS.sources(found[name])
        subprocess.run(
            READS.command(found[name], work, output), check=True, capture_output=True, cwd=tmp_path
        )
        assert READS.difference(found[name], expected, output) == ""
    assert len(names) >= 1


def test_reads_are_filtered_as_seqkit_filters_them(made, tmp_path):
    (path,) = next(iter(made.values())).files["reads"]
    theirs, ours = tmp_path / "theirs.fq", tmp_path / "ours.fq"
    command = [peers.program(peers.SEQKIT), "seq", "-m", "50", "-Q", "15", "-o", str(theirs)]
    subprocess.run([*command, str(path)], check=True, capture_output=True)
    tiltyard = str(Path(sys.executable).with_name("tiltyard"))
    own = [tiltyard, "reads", "filter", str(path), "--min-length", "50", "-o", str(ours)]
    subprocess.run([*own, "--mean-error-quality", "15"], check=True, capture_output=True)
    assert theirs.read_bytes() == ours.read_bytes() != path.read_bytes()


@pytest.mark.parametrize("name", COUNTS)
def test_whole_real_files_are_counted_the_same(name):
    path = examples() / name
    assert counted(path) == by_seqkit(path) == COUNTS[name]
    assert tuple(by_library("dnaio", path)[:2]) == COUNTS[name]
    if ".fq" in name:
        assert by_library("dnaio", path)[2] == by_us(path)[2]


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_rules_refuse_is_named(name):
    with pytest.raises((ReadError, InputError)) as refused:
        counted(examples() / name)
    assert f": {REFUSED[name]}" in str(refused.value)


def test_an_example_of_blanks_alone_has_no_reads():
    assert counted(examples() / "blank1.fx") == (0, 0)


def test_every_other_example_is_counted_as_seqkit_counts_it():
    """Those too that are in no list, but the four that the rules read otherwise."""
    others = [
        path
        for path in sorted(examples().iterdir())
        if re.search(r"\.(fa|fq|fas|fasta|fna)(\.gz)?$", path.name)
        and path.name not in {*COUNTS, *REFUSED}
        and "zst" not in path.name
    ]
    assert others
    for path in others:
        offset = 64 if path.name == "Illimina1.5.fq" else 33
        assert counted(path, quality_offset=offset) == by_seqkit(path), path.name


def real_files():
    """Files of the folder that TILTYARD_REAL_READS names, with their records and bases."""
    folder = os.environ.get("TILTYARD_REAL_READS")
    if not folder:
        return []
    row = re.compile(r"^\| `(\S+)`[^|]*\| ([\d,]+) \| ([\d,]+) \|", re.MULTILINE)
    text = (Path(folder) / "README.md").read_text(encoding="utf-8")
    rows = [(Path(folder) / name, *numbers) for name, *numbers in row.findall(text)]
    assert rows, f"{folder}/README.md has no table of files, records and bases"
    return [
        (path, *(int(number.replace(",", "")) for number in numbers)) for path, *numbers in rows
    ]


@pytest.mark.parametrize(("path", "records", "bases"), real_files())
def test_real_files_of_a_folder_are_counted_the_same(path, records, bases):
    raw = path.read_bytes()
    text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    offset = 64 if "illumina15" in path.name else 33
    assert text[:1] in b"@>"
    assert counted(path, quality_offset=offset) == by_seqkit(path) == (records, bases)
    assert tuple(by_library("dnaio", path)[:2]) == (records, bases)

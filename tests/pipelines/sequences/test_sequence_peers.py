"""Frames and vectors against programs and libraries of others (`make test-peers`)."""

import functools
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from sequence_reading import rules

from tiltyard.pipelines.sequences.benchmark import peers
from tiltyard.pipelines.sequences.embedding.batching import Batching
from tiltyard.pipelines.sequences.embedding.running import in_batches
from tiltyard.pipelines.sequences.fasta import fasta_of, read_fasta
from tiltyard.pipelines.sequences.models.encoders import encoder
from tiltyard.pipelines.sequences.models.model import model_of
from tiltyard.pipelines.sequences.models.session import session
from tiltyard.pipelines.sequences.naming import FRAMES
from tiltyard.pipelines.sequences.pieces import chunks_of_record
from tiltyard.pipelines.sequences.pipeline import Sequences
from tiltyard.pipelines.sequences.rule.rules import TABLES
from tiltyard.pipelines.sequences.simulating import made_contigs
from tiltyard.pipelines.sequences.translating import NAMES, translation

pytestmark = pytest.mark.peers
KINDS = ("bert", "esm", "mosaic")
#: Of the root mean square: float32 against double.
CLOSE = 3e-6
LETTERS = "ACGTRYSWKMBDHVN"


@pytest.fixture(scope="module")
def ask():
    with peers.biopython() as asking:
        yield asking


def ours(texts, way, table, unknown):
    """Frames of each text: name -> protein; those with a stop are not there."""
    chosen = rules(table=table, unknown=unknown, max_unknown="1")
    read = translation(way)([text.encode() for text in texts], chosen)
    return [{one.name: (one.nucleotides, one.protein) for one in kept} for kept, _ in read]


def agree(found, theirs, stops_of_known_codons=False):
    """Whether a frame is open for both, and its residues are the same where ours is known."""
    assert [name for name, _, _ in theirs] == list(FRAMES)
    for name, nucleotides, protein in theirs:
        stopped = "*" in protein
        if stops_of_known_codons:
            codons = [nucleotides[at : at + 3] for at in range(0, len(nucleotides) - 2, 3)]
            stopped = any(
                one == "*" and set(codon) <= set("ACGT")
                for codon, one in zip(codons, protein, strict=True)
            )
        if not protein or stopped:
            assert name not in found, (name, nucleotides, protein)
            continue
        own = found[name]
        assert own[0].decode() == nucleotides
        pairs = zip(own[1].decode(), protein, strict=True)
        assert all(mine in ("X", other) for mine, other in pairs), (own, protein)


TEXTS = st.one_of(
    st.text("ACGT", min_size=1, max_size=60),
    st.text("ACGTN", min_size=1, max_size=40),
    st.text(LETTERS, min_size=1, max_size=40),
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(TEXTS, min_size=1, max_size=12), st.sampled_from(TABLES))
def test_frames_are_those_of_biopython(ask, texts, table):
    answers = ask({"texts": texts, "table": table})
    for way in NAMES:
        for found, theirs in zip(ours(texts, way, table, "resolve"), answers, strict=True):
            agree(found, theirs)


def test_a_planted_frame_is_told_from_biopythons(ask):
    (theirs,) = ask({"texts": ["ATGGCCTTTCCC"], "table": 1})
    (found,) = ours(["ATGGCCTTTCCC"], "numpy", 1, "X")
    agree(found, theirs)
    for wrong in (
        found | {"F1": (found["F1"][0], b"MAFR")},
        {name: two for name, two in found.items() if name != "R2"},
        found | {"F2": (found["F3"][0], found["F2"][1])},
    ):
        with pytest.raises((AssertionError, KeyError)):
            agree(wrong, theirs)


def test_contigs_are_cut_and_read_as_biopython_is_told_to(ask, tmp_path):
    made = list(made_contigs(40, 1, 4000, np.random.default_rng(2)))
    path = tmp_path / "contigs.fa"
    path.write_bytes(fasta_of(made))
    for window in (300, 500):
        answered = ask({"contigs": str(path), "window": window})
        chosen = rules(window=window)
        found = []
        for record in read_fasta(path):
            chunks = list(chunks_of_record(record, chosen))
            read = translation("numpy")([one.letters for one in chunks], chosen)
            for chunk, (kept, _) in zip(chunks, read, strict=True):
                found += [(f"{chunk.name}{one.name}", one.protein) for one in kept]
        assert hashlib.sha256(fasta_of(found)).hexdigest() == answered["sha256"]
        assert len(found) > 40 and answered["seconds"] > 0


#: NCBI's tables that transeq has, and its numbers for them.
EMBOSS_TABLES = {1: "0", 4: "4", 11: "11", 15: "15"}


@pytest.mark.parametrize("table", EMBOSS_TABLES)
def test_frames_are_those_of_transeq(tmp_path, table):
    rng = np.random.default_rng(table)
    odd = np.array([*[24.0] * 4, *[0.05] * 11])
    texts = []
    for number in range(200):
        shares = odd if number % 4 == 0 else odd * ([1] * 4 + [0] * 11)
        size = int(rng.integers(3, 120))
        texts.append("".join(rng.choice(list(LETTERS), size, p=shares / shares.sum())))
    source, target = tmp_path / "chunks.fa", tmp_path / "proteins.fa"
    source.write_bytes(fasta_of((f"t{n}", text.encode()) for n, text in enumerate(texts)))
    program, environment = peers.transeq()
    # Without -alternative reverse frames are numbered by the length.
    command = [program, "-sequence", str(source), "-outseq", str(target), "-frame", "6"]
    subprocess.run(
        [*command, "-alternative", "-table", EMBOSS_TABLES[table]],
        check=True,
        capture_output=True,
        env=environment,
    )
    proteins = {
        name.split()[0]: "".join(lines)
        for name, *lines in (
            record.split("\n") for record in target.read_text().split(">") if record
        )
    }
    assert len(proteins) == 6 * len(texts)
    counted = 0
    for number, text in enumerate(texts):
        for way in NAMES:
            (found,) = ours([text], way, table, "X")
            strands = (text, _reverse(text))
            theirs = []
            for place, name in enumerate(FRAMES):
                strand, first = strands[place // 3], place % 3
                codons = (len(strand) - first) // 3
                # It adds a residue for bases that are left over.
                protein = proteins[f"t{number}_{place + 1}"][:codons]
                theirs.append((name, strand[first : first + 3 * codons], protein))
            agree(found, theirs, stops_of_known_codons=True)
            counted += len(found)
    assert counted > 300


def _reverse(text):
    pairs = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")
    return text[::-1].translate(pairs)


def test_the_strategy_of_biopython_writes_what_ours_writes(tmp_path):
    pipeline = Sequences()
    own = {"workload": {"task": "translate", "sequences": [8]}}
    own["strategies"] = ["numpy", peers.BIOPYTHON]
    pipeline.check(own)
    (workload,) = pipeline.workloads(own)
    work = pipeline.make(workload, tmp_path, np.random.default_rng(1))
    by_name = {one.name: one for one in pipeline.strategies(own)}
    outputs = {name: tmp_path / f"{name}.out" for name in ("numpy", peers.BIOPYTHON)}
    for name, output in outputs.items():
        command = pipeline.command(by_name[name], work, output)
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    theirs = by_name[peers.BIOPYTHON]
    assert pipeline.difference(theirs, outputs["numpy"], outputs[peers.BIOPYTHON]) == ""
    assert len({pipeline.digest(by_name[name], path) for name, path in outputs.items()}) == 1
    assert all(path.is_file() for path in pipeline.sources(theirs))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folder of a tiny model of a kind, as its public implementation writes it, and its texts."""
    place = tmp_path_factory.mktemp("public")
    program = Path(__file__).with_name("public_encoders.py")

    @functools.cache
    def made(kind):
        rng = np.random.default_rng(6)
        letters = "ACDEFGHIKLMNPQRSTVWYX" if kind == "esm" else "ACGTN"
        texts = ["".join(rng.choice(list(letters), rng.integers(2, 150))) for _ in range(12)]
        source = place / f"{kind}.fa"
        source.write_bytes(fasta_of((f"s{n}", text.encode()) for n, text in enumerate(texts)))
        command = [peers.python(), "-P", str(program), kind, str(place / kind), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        expected = json.loads((place / kind / "expected.json").read_text())
        return place / kind, [text.encode() for text in texts], expected

    return made


def far(found, expected):
    return np.abs(found - expected).max() / np.sqrt(np.mean(np.square(expected)))


def vectors_of(model, texts, run, count, pooling=None):
    tokenizer = model.tokenizer()
    every = tokenizer.tokens(texts)
    return in_batches(
        run, every, Batching("none", count), tokenizer.pad, pooling or model.pooling, lambda n: None
    )


@pytest.mark.parametrize("kind", KINDS)
def test_folders_of_public_implementations_give_their_vectors(folders, kind):
    folder, texts, expected = folders(kind)
    model = model_of(str(folder))
    assert [one.tolist() for one in model.tokenizer().tokens(texts)] == expected["tokens"]
    shape, weights = model.encoder()
    assert shape.kind == kind
    run = session(encoder(shape, weights).SerializeToString())
    single, batch = (np.array(expected[name]) for name in ("single", "batch"))
    assert far(batch, single) < 1e-12  # their own mask leaves nothing of the padding
    for count in (1, len(texts)):
        assert far(vectors_of(model, texts, run, count), single) < CLOSE
    other = "all" if model.pooling == "inner" else "inner"
    assert far(vectors_of(model, texts, run, 1, other), single) > 1e-3
    unmasked = session(encoder(shape, weights, masked=None).SerializeToString())
    assert far(vectors_of(model, texts, unmasked, len(texts)), single) > 1e-2


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_that_was_changed_is_seen(folders, kind, tmp_path):
    folder, texts, expected = folders(kind)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    name = next(one for one in sorted(weights) if "layer.1." in one and weights[one].ndim == 2)
    save_file(weights | {name: weights[name] * np.float32(1.01)}, tmp_path / "model.safetensors")
    model = model_of(str(tmp_path))
    run = session(encoder(*model.encoder()).SerializeToString())
    assert far(vectors_of(model, texts, run, 1), np.array(expected["single"])) > 10 * CLOSE

"""Write the measured tables of docs/sequences-speed.md anew: `make bench-sequences`.

    python docs/generate/sequences_speed.py [--print] [--only PART ...] [--rounds N]

CPU seconds of one thread, in rounds in which every way comes once in a random order; ratios are
taken within a round. Workers are compared by wall time too, beside what others took of the cores
meanwhile. The page's other text stays. Biopython runs in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

# They choose slower kernels of OpenBLAS than the processor has.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import hashlib  # noqa: E402 - threads first
import tempfile  # noqa: E402

import numpy as np  # noqa: E402
import sequences_speed_runs as runs  # noqa: E402
from marked import write_lines  # noqa: E402

from tiltyard.engine.machine.facts import describe_machine  # noqa: E402
from tiltyard.pipelines.sequences.benchmark import peers  # noqa: E402
from tiltyard.pipelines.sequences.benchmark.equality import causes  # noqa: E402
from tiltyard.pipelines.sequences.embedding.batching import (  # noqa: E402
    Sort,
    batches,
    batching_of,
    padded_tokens,
)
from tiltyard.pipelines.sequences.embedding.running import in_batches, padded  # noqa: E402
from tiltyard.pipelines.sequences.fasta import Record, fasta_of  # noqa: E402
from tiltyard.pipelines.sequences.limits.products import Products  # noqa: E402
from tiltyard.pipelines.sequences.models.encoders import encoder  # noqa: E402
from tiltyard.pipelines.sequences.models.model import model_of  # noqa: E402
from tiltyard.pipelines.sequences.models.seeded import seeded_weights  # noqa: E402
from tiltyard.pipelines.sequences.models.session import Run, session  # noqa: E402
from tiltyard.pipelines.sequences.models.shape import Shape  # noqa: E402
from tiltyard.pipelines.sequences.models.tokens import Tokens  # noqa: E402
from tiltyard.pipelines.sequences.pieces import chunks_of_record  # noqa: E402
from tiltyard.pipelines.sequences.rule.rules import Rules, rules_of  # noqa: E402
from tiltyard.pipelines.sequences.simulating import (  # noqa: E402
    LENGTHS,
    made_contigs,
    made_frames,
)
from tiltyard.pipelines.sequences.translating import translation  # noqa: E402
from tiltyard.studies.throughput.statistics.paired import estimate  # noqa: E402

PAGE = Path(__file__).resolve().parents[1] / "sequences-speed.md"
ROUNDS, CONTIGS = 5, 60
#: Frames of each spread of lengths. Of few mixed ones even sorted batches have much padding.
FRAMES = {"uniform": 64, "mixed": 256, "skewed": 128}
#: Ours reads so few contigs in a hundredth of a second: it is measured over so many times.
REPEATED = 30
KINDS = ("bert", "esm", "mosaic")
WAYS = {
    "one by one": ("count:1", "none"),
    "batches of 32": ("count:32", "none"),
    "batches of 256": ("count:256", "none"),
    "sorted, batches of 32": ("count:32", "length"),
    "budget of 4,096 tokens": ("budget:4096", "none"),
    "sorted, budget of 512": ("budget:512", "length"),
    "sorted, budget of 1,024": ("budget:1024", "length"),
    "sorted, budget of 4,096": ("budget:4096", "length"),
}


def interleaved(
    ways: Mapping[str, Callable[[], float | None]], rounds: int
) -> dict[str, np.ndarray]:
    """CPU seconds of each way in each round, behind one that is not counted.

    A way that runs in another process returns its seconds itself.
    """
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in rng.permutation(list(ways)):
            begin = time.process_time()
            elsewhere = ways[name]()
            if number:
                own = time.process_time() - begin
                found[name].append(own if elsewhere is None else elsewhere)
    return {name: np.array(seconds) for name, seconds in found.items()}


def ratio(base: np.ndarray, own: np.ndarray) -> str:
    """Median of the rounds' ratios, and its 95 % interval."""
    found = estimate(base / own)
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def rows(*lines: Sequence[object]) -> list[str]:
    """A table of Markdown; the first line is its header."""
    header, *others = (f"| {' | '.join(map(str, line))} |" for line in lines)
    return [header, f"|{' --- |' * len(lines[0])}", *others]


def equality(rounds: int) -> list[str]:
    """Every cause in models of 2 layers of 64 and, of two kinds, 4 of 256."""
    sizes = [("2 x 64", kind, 2, 64, 4, 256) for kind in KINDS]
    sizes += [("4 x 256", kind, 4, 256, 8, 1024) for kind in ("bert", "mosaic")]
    columns, found = [], {}
    for title, kind, layers, hidden, heads, inner in sizes:
        shape = Shape(
            kind=kind, vocabulary=500, hidden=hidden, layers=layers, heads=heads, inner=inner
        )
        columns.append(f"{kind}, {title}")
        for cause in causes(shape):
            said = "0" if cause.far == 0 else f"{cause.far:.0e}"
            key = ("fault: " if cause.planted else "") + cause.name
            found.setdefault(key, []).append(said + ("" if cause.holds else ", seen"))
    return rows(["cause", *columns], *([name, *values] for name, values in found.items()))


def batching(rounds: int) -> list[str]:
    """Ways to put sequences together, on frames of three spreads of lengths."""
    model = model_of("random-mosaic-4x256")
    run = session(encoder(*model.encoder()).SerializeToString())
    lines = [["lengths", "way", "tokens with padding / without", "batches of 32 / it",
              "one by one / it"]]  # fmt: skip
    for lengths in LENGTHS:
        frames = made_frames(FRAMES[lengths], lengths, np.random.default_rng(1))
        tokens = model.tokenizer().tokens([sequence for _, sequence in frames])
        sizes = [len(one) for one in tokens]
        ways = {name: partial(embed, run, tokens, words) for name, words in WAYS.items()}
        seconds = interleaved(ways, rounds)
        for name, words in WAYS.items():
            share = padded_tokens(sizes, batches(sizes, batching_of(*words))) / sum(sizes)
            against = (
                ratio(seconds[base], seconds[name]) for base in ("batches of 32", "one by one")
            )
            lines.append([lengths, name, f"{share:.2f}", *against])
    return rows(*lines)


def embed(run: Run, tokens: list[Tokens], words: tuple[str, Sort]) -> None:
    """Compute vectors of tokens in batches."""
    in_batches(run, tokens, batching_of(*words), 0, "all", lambda count: None)


def products(rounds: int) -> list[str]:
    """Models of 12 layers of 768 over their bare products, 8 sequences of 100 tokens."""
    lines = [["kind", "model / its products", "products, GFLOP/s"]]
    rng = np.random.default_rng(0)
    given = padded([rng.integers(4, 500, 100) for _ in range(8)], 0, "all")
    for kind in KINDS:
        shape = Shape(kind=kind, vocabulary=500, hidden=768, layers=12, heads=12, inner=3072)
        run = session(encoder(shape, seeded_weights(shape, 1)).SerializeToString())
        multiply = Products(shape).multiply
        ways = {
            "model": lambda run=run: discard(run(*given)),
            "products": lambda multiply=multiply: discard(multiply([100] * 8, 800)),
        }
        seconds = interleaved(ways, rounds)
        rate = multiply([100] * 8, 800) / np.median(seconds["products"]) / 1e9
        lines.append([kind, ratio(seconds["model"], seconds["products"]), f"{rate:.0f}"])
    return rows(*lines)


def discard(found: object) -> None:
    """Let go of what was computed."""


def workers(rounds: int) -> list[str]:
    """Two files by one worker, by two, and by one with two threads; what others took meanwhile."""
    found = runs.workers(min(rounds, 3))
    (_, alone, _), *_ = found
    lines = [["", "wall, s", "one worker / it, wall", "CPU / one worker's", "others' share"]]
    for name, own, others in found:
        wall, cpu = (
            [getattr(one, by) / getattr(two, by) for one, two in zip(*pair, strict=True)]
            for by, pair in (("wall", (alone, own)), ("cpu", (own, alone)))
        )
        lines.append(
            [
                *(name, f"{np.median([one.wall for one in own]):.0f}"),
                *(f"{np.median(wall):.2f}", f"{np.median(cpu):.2f}", f"{others:.0%}"),
            ]
        )
    return rows(*lines)


def memory(rounds: int) -> list[str]:
    """Highest memory of a process that embeds one batch with a model of 12 layers of 768."""
    lines = [
        ["frames of 85 tokens in the batch", "memory, MB", "CPU s a frame, its start included"]
    ]
    for count, own in runs.memory():
        lines.append([count, f"{own.memory:,.0f}", f"{own.cpu / count:.3f}"])
    return rows(*lines)


def reading(rounds: int) -> list[str]:
    """Cutting and reading in six frames: Biopython, and the rule letter by letter, over ours."""
    made = list(made_contigs(CONTIGS, 300, 6000, np.random.default_rng(0)))
    records = [Record(name, b"", sequence) for name, sequence in made]
    lines = [["window", "Biopython / ours", "letter by letter / ours"]]
    with tempfile.NamedTemporaryFile(suffix=".fa") as file, peers.biopython() as ask:
        file.write(fasta_of(made))
        file.flush()
        for window in (300, 500):
            rules, question = rules_of(window=window), {"contigs": file.name, "window": window}
            own = {way: fasta_of(read(way, records, rules)) for way in ("numpy", "plain")}
            expected = hashlib.sha256(own["plain"]).hexdigest()
            if own["numpy"] != own["plain"] or ask(question)["sha256"] != expected:
                raise SystemExit(f"the frames differ at {window}")
            ways = {
                "ours": partial(seconds_of, "numpy", records, rules, REPEATED),
                "plain": partial(seconds_of, "plain", records, rules, 1),
                "biopython": lambda question=question: ask(question)["seconds"],
            }
            seconds = interleaved(ways, rounds)
            against = (ratio(seconds[name], seconds["ours"]) for name in ("biopython", "plain"))
            lines.append([window, *against])
    return rows(*lines)


def seconds_of(way: str, records: list[Record], rules: Rules, times: int) -> float:
    """CPU seconds that reading takes, as a mean of so many times."""
    begin = time.process_time()
    for _ in range(times):
        read(way, records, rules)
    return (time.process_time() - begin) / times


def read(way: str, records: list[Record], rules: Rules) -> list[tuple[str, bytes]]:
    """Names and proteins of all frames."""
    chunks = [one for record in records for one in chunks_of_record(record, rules)]
    found = translation(way)([one.letters for one in chunks], rules)
    return [
        (f"{chunk.name}{frame.name}", frame.protein)
        for chunk, (kept, _) in zip(chunks, found, strict=True)
        for frame in kept
    ]


PARTS: Mapping[str, Callable[[int], list[str]]] = {
    "equality": equality,
    "batches": batching,
    "products": products,
    "workers": workers,
    "memory": memory,
    "reading": reading,
}


def main(arguments: Sequence[str]) -> None:
    """Write the tables that are asked for, each between its marks when it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args(arguments)
    machine = describe_machine()["processor"]
    for part in asked.only:
        table = "\n".join(PARTS[part](asked.rounds))
        where = f"Measured on {time.strftime('%d %B %Y')}: {machine}."
        print(f"{where}\n\n{table}\n", flush=True)
        if not asked.print:
            marks = (f"<!-- {part}: measured -->", f"<!-- {part}: end -->")
            write_lines(PAGE, *marks, f"{where}\n\n{table}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Write the measured tables of docs/sequences-speed.md anew.

    python docs/generate/sequences_speed.py [equality] [batches] [products] [reading]

CPU seconds of one thread, in rounds in which every way comes once in a random order; ratios are
taken within a round. The page's other text stays.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

# They choose slower kernels of OpenBLAS than the processor has.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402 - threads first
from marked import write_lines  # noqa: E402

from tiltyard.pipelines.sequences.benchmark.equality import causes  # noqa: E402
from tiltyard.pipelines.sequences.embedding.batching import (  # noqa: E402
    Sort,
    batches,
    batching_of,
    padded_tokens,
)
from tiltyard.pipelines.sequences.embedding.running import in_batches, padded  # noqa: E402
from tiltyard.pipelines.sequences.fasta import Record  # noqa: E402
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

PAGE = Path(__file__).resolve().parents[1] / "sequences-speed.md"
ROUNDS, FRAMES, CONTIGS = 3, 48, 60
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


def interleaved(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """CPU seconds of each way in each round, behind one that is not counted."""
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in rng.permutation(list(ways)):
            begin = time.process_time()
            ways[name]()
            if number:
                found[name].append(time.process_time() - begin)
    return {name: np.array(seconds) for name, seconds in found.items()}


def ratio(base: np.ndarray, own: np.ndarray) -> str:
    """Median of the rounds' ratios, and their range."""
    each = base / own
    return f"{np.median(each):.2f} ({each.min():.2f} to {each.max():.2f})"


def rows(*lines: Sequence[object]) -> list[str]:
    """A table of Markdown; the first line is its header."""
    header, *others = (f"| {' | '.join(map(str, line))} |" for line in lines)
    return [header, f"|{' --- |' * len(lines[0])}", *others]


def equality() -> list[str]:
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


def batching() -> list[str]:
    """Ways to put sequences together, on frames of three spreads of lengths."""
    model = model_of("random-mosaic-4x256")
    run = session(encoder(*model.encoder()).SerializeToString())
    lines = [["lengths", "way", "tokens with padding / without", "batches of 32 / it"]]
    for lengths in LENGTHS:
        frames = made_frames(FRAMES, lengths, np.random.default_rng(1))
        tokens = model.tokenizer().tokens([sequence for _, sequence in frames])
        sizes = [len(one) for one in tokens]
        seconds = interleaved(
            {name: partial(embed, run, tokens, words) for name, words in WAYS.items()}, ROUNDS
        )
        for name, words in WAYS.items():
            share = padded_tokens(sizes, batches(sizes, batching_of(*words))) / sum(sizes)
            lines.append(
                [lengths, name, f"{share:.2f}", ratio(seconds["batches of 32"], seconds[name])]
            )
    return rows(*lines)


def embed(run: Run, tokens: list[Tokens], words: tuple[str, Sort]) -> object:
    """Vectors of tokens in batches."""
    return in_batches(run, tokens, batching_of(*words), 0, "all", lambda count: None)


def products() -> list[str]:
    """Models of 12 layers of 768 over their bare products, 8 sequences of 100 tokens."""
    lines = [["kind", "model / its products", "products, GFLOP/s"]]
    rng = np.random.default_rng(0)
    given = padded([rng.integers(4, 500, 100) for _ in range(8)], 0, "all")
    for kind in KINDS:
        shape = Shape(kind=kind, vocabulary=500, hidden=768, layers=12, heads=12, inner=3072)
        run = session(encoder(shape, seeded_weights(shape, 1)).SerializeToString())
        own = partial(Products(shape).multiply, [100] * 8, 800)
        seconds = interleaved({"model": partial(run, *given), "products": own}, ROUNDS)
        rate = own() / np.median(seconds["products"]) / 1e9
        lines.append([kind, ratio(seconds["model"], seconds["products"]), f"{rate:.0f}"])
    return rows(*lines)


def reading() -> list[str]:
    """Cutting and reading in six frames: Biopython, where it is installed, over ours."""
    try:
        from biopython_frames import frames as by_biopython
    except ImportError:
        return ["Biopython is not installed: `pip install biopython`, and call this again."]
    made = made_contigs(CONTIGS, 300, 6000, np.random.default_rng(0))
    records = [Record(name, b"", sequence) for name, sequence in made]
    lines = [["window", "Biopython / ours", "letter by letter / ours"]]
    for window in (300, 500):
        rules = rules_of(window=window)
        ways = {
            "ours": partial(read, "numpy", records, rules),
            "plain": partial(read, "plain", records, rules),
            "biopython": partial(by_biopython, records, rules),
        }
        if not ways["ours"]() == ways["plain"]() == ways["biopython"]():
            raise SystemExit(f"the frames differ at {window}")
        seconds = interleaved(ways, ROUNDS)
        lines.append(
            [window, *(ratio(seconds[name], seconds["ours"]) for name in ("biopython", "plain"))]
        )
    return rows(*lines)


def read(way: str, records: list[Record], rules: Rules) -> list[tuple[str, bytes]]:
    """Names and proteins of all frames."""
    chunks = [one for record in records for one in chunks_of_record(record, rules)]
    found = translation(way)([one.letters for one in chunks], rules)
    return [
        (f"{chunk.name}{frame.name}", frame.protein)
        for chunk, (kept, _) in zip(chunks, found, strict=True)
        for frame in kept
    ]


def main(names: Sequence[str]) -> None:
    """Write the tables that are named, or all, between their marks."""
    tables = {"equality": equality, "batches": batching, "products": products, "reading": reading}
    for name in names or tables:
        table = "\n".join(tables[name]())
        write_lines(PAGE, f"<!-- {name}: measured -->", f"<!-- {name}: end -->", table)
        print(table, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

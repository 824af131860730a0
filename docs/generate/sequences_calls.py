"""Write the table of docs/sequences.md that says what real genomes are called, by group.

    python docs/generate/sequences_calls.py [--print]
    python docs/generate/sequences_calls.py --from FOLDER     after cutting the pieces anew

The genomes are in tests/pipelines/sequences/genomes: pieces of those that its sources.tsv lists,
from the middle of each sequence. With --from they are cut anew from the packages that it names,
unpacked each into a folder of its own below FOLDER.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from marked import write_lines

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.sequences.classifying.embedded import WINDOWS, about
from tiltyard.pipelines.sequences.embedding.batching import batching_of
from tiltyard.pipelines.sequences.embedding.embedding import How
from tiltyard.pipelines.sequences.fasta import fasta_of
from tiltyard.pipelines.sequences.predicting.outputs import Outputs
from tiltyard.pipelines.sequences.predicting.predict import Request, Told, predict
from tiltyard.pipelines.sequences.predicting.working import Reading
from tiltyard.pipelines.sequences.rule.rules import rules_of
from tiltyard.pipelines.sequences.tables import rows
from tiltyard.pipelines.sequences.training.genomes import Genome, read_genomes

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sequences.md"
GENOMES = ROOT / "tests" / "pipelines" / "sequences" / "genomes"
BEGIN = "<!-- Calls: `python docs/generate/sequences_calls.py` writes them anew. -->"
END = "<!-- End of the calls. -->"
#: Most bases of a sequence, and of a group.
MOST, GROUP = 30_000, 45_000
VIRUS, OTHERS, NOTHING = "virus", "others", "nothing"


def pieces(genomes: Iterable[Genome]) -> Iterator[tuple[str, bytes]]:
    """Pieces from the middle of the sequences, named by their groups and numbered."""
    taken: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for genome in genomes:
        for sequence in genome.sequences:
            size = min(len(sequence), MOST, GROUP - taken[genome.group])
            if size >= WINDOWS[0]:
                begin = (len(sequence) - size) // 2
                taken[genome.group] += size
                numbers[genome.group] += 1
                name = f"{genome.group}|{numbers[genome.group]}"
                yield name, sequence[begin : begin + size]


def cut(folder: Path) -> None:
    """Write the pieces of the genomes whose packages are unpacked in `folder`."""
    genomes = read_genomes(GENOMES / "sources.tsv", folder)
    with atomic_path(GENOMES / "genomes.fa.gz") as temporary:
        temporary.write_bytes(gzip.compress(fasta_of(pieces(genomes)), 9, mtime=0))


def labels() -> dict[str, str]:
    """Group -> virus or others, in the order of the table of sources."""
    with (GENOMES / "sources.tsv").open(encoding="utf-8", newline="") as file:
        return {row["group"]: row["label"] for row in csv.DictReader(file, delimiter="\t")}


def calls(window: int) -> dict[str, Counter[str]]:
    """Group -> how many of its chunks are called virus, others, and nothing for want of a frame."""
    found: dict[str, Counter[str]] = {group: Counter() for group in labels()}
    with tempfile.TemporaryDirectory() as name:
        outputs = Outputs(Path(name) / "p.tsv")
        predict(
            Request(
                reading=Reading(source=GENOMES / "genomes.fa.gz", rules=rules_of(window=window)),
                outputs=outputs,
                how=How(batching=batching_of("budget:1024", "length")),
            ),
            Told(lambda sentence: None),
        )
        for row in rows(outputs.beside("chunks.tsv"), ("contig", "is_virus")):
            said = {"true": VIRUS, "false": OTHERS, "": NOTHING}[row["is_virus"]]
            found[row["contig"].split("|")[0]][said] += 1
    return found


def held_out(group: str, window: int) -> str:
    """Share of a group's chunks that were called rightly when the group was left out of training.

    "" for a group that the classifier was not trained on.
    """
    for one in about()["accuracy"][str(window)]["groups"]:
        if one["group"] == group:
            return f"{one['right']:.2f}"
    return ""


def right(found: Mapping[str, int], label: str) -> float:
    """Share of the chunks with a frame that are called what they are."""
    return found[label] / (found[VIRUS] + found[OTHERS])


def lines() -> Iterator[str]:
    """The table."""
    by_window = {window: calls(window) for window in WINDOWS}
    columns = [f"window {window}: virus, others, nothing" for window in WINDOWS]
    head = ["group", "is", *columns, f"right at {max(WINDOWS)}", "right when left out of training"]
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for group, label in labels().items():
        counts = [by_window[window][group] for window in WINDOWS]
        said = [f"{one[VIRUS]}, {one[OTHERS]}, {one[NOTHING]}" for one in counts]
        share = right(by_window[max(WINDOWS)][group], label)
        known = held_out(group, max(WINDOWS)) or "never trained on"
        yield f"| {' | '.join([group.replace('_', ' '), label, *said, f'{share:.2f}', known])} |"


def main(arguments: list[str]) -> None:
    """Print the table, and replace that of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    parser.add_argument("--from", dest="folder", type=Path, help="cut the pieces anew")
    asked = parser.parse_args(arguments)
    if asked.folder:
        cut(asked.folder)
    table = "\n".join(lines())
    print(table)
    if not asked.print:
        write_lines(PAGE, BEGIN, END, table)


if __name__ == "__main__":
    main(sys.argv[1:])

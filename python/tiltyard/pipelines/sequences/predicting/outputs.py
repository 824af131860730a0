"""Tables of a prediction, and what may be written beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.predicting.scoring import ScoredContig, chunk_row, contig_row
from tiltyard.pipelines.sequences.rule.calling import regions
from tiltyard.pipelines.sequences.tables import FRAMES, MISSING, table

PREDICTIONS = (*FRAMES, "prediction", "score_others", "score_virus")
CHUNKS = (
    *("chunk_id", "contig", "chunk", "start", "end", "frames", "score_others", "score_virus"),
    *("is_virus", "status"),
)
CONTIGS = (
    *("contig", "length", "chunks", "chunks_scored", "chunks_virus", "share_virus", "is_virus"),
    *("score_virus_mean", "score_virus_min", "score_virus_max", "status"),
)
_WRAP = 60


@dataclass(frozen=True)
class Outputs:
    """Where a prediction goes.

    Parameters
    ----------
    predictions : path
        Table of frames; those of chunks, contigs and missing ones are beside it.
    regions : path or None
        BED file of regions of virus chunks.
    virus : path or None
        FASTA file of contigs that are called virus.
    public_format : bool
        Whether the two files of the public system are written, too.
    """

    predictions: Path
    regions: Path | None = None
    virus: Path | None = None
    public_format: bool = False

    def beside(self, ending: str) -> Path:
        """A file beside the table of frames, as ``p.chunks.tsv`` beside ``p.tsv``."""
        return self.predictions.with_name(f"{self.stem}.{ending}")

    @property
    def stem(self) -> str:
        """Name without the ending."""
        return self.predictions.name.removesuffix(".tsv")

    def check(self) -> None:
        """Raise `InputError` if two would be one file, or a folder is in the place of one."""
        paths = [self.predictions, *(one for one in (self.regions, self.virus) if one)]
        paths += [self.beside(f"{ending}.tsv") for ending in ("chunks", "contigs", "missing")]
        for path in paths:
            if paths.count(path) > 1:
                raise InputError(f"{path} is named for two outputs; give each its own")
            if path.is_dir():
                raise InputError(f"{path} is a folder; name a file, as predictions.tsv")


@dataclass
class Counts:
    """How many contigs were called what."""

    contigs: int = 0
    virus: int = 0
    undecided: int = 0


def write_outputs(
    outputs: Outputs, contigs: Iterator[ScoredContig], failed: dict[str, tuple[str, str]]
) -> Counts:
    """Write all tables in one pass; each is there when all are whole.

    Parameters
    ----------
    failed : dict
        Frame without scores -> the step and the reason; frames of files that failed are not in it.
    """
    counts = Counts()
    with ExitStack() as stack:
        frames = stack.enter_context(table(outputs.predictions, PREDICTIONS))
        chunks = stack.enter_context(table(outputs.beside("chunks.tsv"), CHUNKS))
        calls = stack.enter_context(table(outputs.beside("contigs.tsv"), CONTIGS))
        missing = stack.enter_context(table(outputs.beside("missing.tsv"), MISSING))
        bed = None
        if outputs.regions is not None:
            temporary = stack.enter_context(atomic_path(outputs.regions))
            bed = stack.enter_context(temporary.open("w", encoding="utf-8", newline="\n"))
        public = None
        if outputs.public_format:
            public = (
                stack.enter_context(
                    table(
                        outputs.beside("prediction_results.txt"),
                        ("Sequence_ID", "Prediction", "score1", "score2"),
                    )
                ),
                stack.enter_context(
                    table(
                        outputs.beside("prediction_results_highestscore.csv"),
                        ("Modified_ID", "Is_Virus"),
                    )
                ),
            )
        for contig in contigs:
            counts.contigs += 1
            counts.virus += contig.call.is_virus is True
            counts.undecided += contig.call.is_virus is None
            calls.add(*contig_row(contig))
            for row in contig.missing:
                missing.add(*row)
            for chunk in contig.chunks:
                chunks.add(*chunk_row(chunk))
                if public and chunk.scores:
                    public[1].add(chunk.row["chunk_id"], str(chunk.scores.is_virus))
                for frame, scores in chunk.frames:
                    name = frame["sequence_id"]
                    if scores is None:
                        missing.add(name, *failed.get(name, ("embed", "failed")))
                        continue
                    own = (scores.prediction, scores.others, scores.virus)
                    frames.add(*(frame[column] for column in FRAMES), *own)
                    if public:
                        public[0].add(name, *own)
            if bed:
                virus = [one.place for one in contig.chunks if one.scores and one.scores.is_virus]
                for start, end in regions(virus):
                    bed.write(f"{contig.name}\t{start}\t{end}\n")
    return counts


def write_virus(source: Path, names: set[str], target: Path, rename: bool) -> None:
    """Write the contigs of `names` from the input, their headers unchanged."""
    with atomic_path(target) as temporary, temporary.open("wb") as file:
        for record in read_fasta(source, rename_duplicates=rename):
            if record.name in names:
                file.write(b">%s\n" % record.header)
                letters = record.sequence
                for place in range(0, len(letters), _WRAP):
                    file.write(letters[place : place + _WRAP] + b"\n")

"""Commands of the pipeline: `tiltyard reads`."""

from tiltyard.pipelines.reads.command.convert import convert
from tiltyard.pipelines.reads.command.encode import encode
from tiltyard.pipelines.reads.command.example import example
from tiltyard.pipelines.reads.command.filter import filter
from tiltyard.pipelines.reads.command.gather import gather
from tiltyard.pipelines.reads.command.stats import stats

#: Sentence of help about all of them.
HELP = "Stream, filter, encode and convert reads of FASTQ, FASTA and unaligned BAM files."
COMMANDS = (stats, filter, encode, convert, gather, example)

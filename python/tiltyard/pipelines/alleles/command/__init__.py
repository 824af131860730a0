"""Commands of the pipeline: `tiltyard alleles`."""

from tiltyard.pipelines.alleles.command.count import count
from tiltyard.pipelines.alleles.command.example import example
from tiltyard.pipelines.alleles.command.explain import explain

#: Sentence of help about all of them.
HELP = "Count reads and fragments at known variants in BAM and CRAM files."
COMMANDS = (count, explain, example)

"""Commands of the pipeline: `tiltyard spatial`."""

from tiltyard.pipelines.spatial.command.combine import combine
from tiltyard.pipelines.spatial.command.example import example
from tiltyard.pipelines.spatial.command.ldsc import ldsc
from tiltyard.pipelines.spatial.command.merge import merge
from tiltyard.pipelines.spatial.command.specificity import specificity

#: Sentence of help about all of them.
HELP = "Gene specificity of spots, and the heritability of traits in them."
COMMANDS = (specificity, ldsc, merge, combine, example)

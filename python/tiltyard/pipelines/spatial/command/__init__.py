"""Commands of the pipeline: `tiltyard spatial`."""

from tiltyard.pipelines.spatial.command.specificity import specificity

#: Sentence of help about all of them.
HELP = "Gene specificity of spots, and the heritability of traits in them."
COMMANDS = (specificity,)

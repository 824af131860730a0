"""Commands of the pipeline: `tiltyard sequences`."""

from tiltyard.pipelines.sequences.command.chunk import chunk
from tiltyard.pipelines.sequences.command.classify import classify
from tiltyard.pipelines.sequences.command.consensus import consensus
from tiltyard.pipelines.sequences.command.embed import embed
from tiltyard.pipelines.sequences.command.example import example
from tiltyard.pipelines.sequences.command.merge import merge
from tiltyard.pipelines.sequences.command.predict import predict
from tiltyard.pipelines.sequences.command.train import train
from tiltyard.pipelines.sequences.command.translate import translate

#: Sentence of help about all of them.
HELP = "Cut contigs into chunks, read them in six frames, embed and classify them."
COMMANDS = (predict, chunk, translate, embed, merge, classify, consensus, train, example)

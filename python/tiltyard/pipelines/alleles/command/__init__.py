"""Commands of the pipeline: `tiltyard alleles`."""

from __future__ import annotations

import typer

from tiltyard.pipelines.alleles.command.count import count
from tiltyard.pipelines.alleles.command.example import example
from tiltyard.pipelines.alleles.command.explain import explain

app = typer.Typer(
    help="Count reads and fragments at known variants in BAM and CRAM files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(count)
app.command()(explain)
app.command()(example)

"""Read files of sequences, or multiply the matrices of a model for them.

    python -m tiltyard.pipelines.sequences.limits read|products --output FILE SEQUENCES ...

The products are those of the model's linear layers and attention, without padding, masks, norms
and activations, by NumPy's BLAS on one thread.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from tiltyard.pipelines import stages

#: Bytes that are read at once, and tokens that are multiplied at once.
BLOCK, TOKENS = 1 << 20, 1024
#: What chooses slower kernels of OpenBLAS than the processor has.
_SLOWER = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser("tiltyard.pipelines.sequences.limits", description=__doc__)
    parser.add_argument("what", choices=("read", "products"))
    parser.add_argument("--model", default="")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("sequences", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    try:
        total = read(asked.sequences) if asked.what == "read" else multiply(asked)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    asked.output.write_text(f"{total}\n", encoding="ascii")
    return 0


def read(paths: list[Path]) -> int:
    """Read the bytes of files into one buffer; returns how many."""
    stages.begin("compute")
    buffer, total = bytearray(BLOCK), 0
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while size := file.readinto(buffer):
                total += size
    return total


def multiply(asked: Any) -> int:
    """Multiply what a model multiplies; returns the multiplications and additions."""
    stages.begin("import")
    for name in _SLOWER:
        os.environ.pop(name, None)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from tiltyard.pipelines.sequences.fasta import read_fasta
    from tiltyard.pipelines.sequences.limits.products import Products, shape_of
    from tiltyard.pipelines.sequences.models.model import model_of

    stages.begin("open")
    model = model_of(asked.model)
    assert model.tokenizer is not None
    tokenizer = model.tokenizer()
    products = Products(shape_of(model))
    stages.begin("compute")
    total = 0
    for path in asked.sequences:
        records = [one.sequence for one in read_fasta(path, protein=model.protein)]
        lengths = [len(one) for one in tokenizer.tokens(records)]
        total += products.multiply(lengths, TOKENS)
    return total


if __name__ == "__main__":
    sys.exit(main())

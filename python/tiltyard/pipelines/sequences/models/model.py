"""What a model is called, and what decides its vectors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.shape import Kind, Shape
from tiltyard.pipelines.sequences.models.tokens import ESM_TOKENS, Kmers, Letters, Tokenizer

Pooling = Literal["all", "inner"]
COMPOSITION = "composition"
_SEEDED = re.compile(r"random-(bert|esm|mosaic)-([1-9]\d*)x([1-9]\d*)")
#: Seed of the weights of models that are drawn, and how wide their heads are.
_SEED, _HEAD, _INNER = 1, 64, 4
#: Files of a folder that decide what a model gives, beside its weights.
_DECIDING = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")
#: Files of this package that decide it.
_CODE = ("composition.py", "encoders.py", "folder.py", "graph.py", "shape.py", "tokens.py")


@dataclass(frozen=True)
class Model:
    """A model that turns sequences into vectors.

    Parameters
    ----------
    reference : str
        What it was asked for by.
    name : str
        Short, for names of files.
    digest : str
        SHA-256 of all that decides its vectors.
    protein : bool
        Whether it takes residues, and not nucleotides.
    pooling : {"all", "inner"}
        Which tokens' states are averaged: all, or all but the first and the last.
    most_tokens : int or None
        Longest sequence, with its first and last token.
    tokenizer : callable or None
        Reads it; None for a composition.
    encoder : callable or None
        Reads shape and weights.
    pooling_given : {"all", "inner"} or None
        The pooling, if it was asked for.
    shape : callable or None
        Reads the shape alone.
    """

    reference: str
    name: str
    digest: str
    protein: bool
    pooling: Pooling = "all"
    most_tokens: int | None = None
    tokenizer: Callable[[], Tokenizer] | None = None
    encoder: Callable[[], tuple[Shape, Any]] | None = None
    pooling_given: Pooling | None = None
    shape: Callable[[], Shape] | None = None


def name_of(reference: str) -> str:
    """The model's name, for names of files; nothing is read."""
    if reference == COMPOSITION or reference.startswith("random-"):
        return reference
    return re.sub(r"[^A-Za-z0-9_-]", "_", Path(reference).resolve().name) or "model"


def model_of(reference: str, pooling: Pooling | None = None) -> Model:
    """The model that is asked for.

    Parameters
    ----------
    reference : str
        A folder; ``composition``; or ``random-KIND-LAYERSxWIDTH``, a model of that shape whose
        weights are drawn.
    pooling : {"all", "inner"} or None
        None for what the kind of model has.

    Raises
    ------
    InputError
        If it is none of them, or its folder cannot be used.
    """
    if reference == COMPOSITION:
        if pooling is not None:
            raise InputError("--pooling: a composition has no tokens to pool; leave it out")
        return Model(reference, COMPOSITION, _digest_of([]), protein=False)
    found = _seeded(reference) if reference.startswith("random-") else _of_folder(Path(reference))
    return found if pooling is None else replace(found, pooling=pooling, pooling_given=pooling)


def _seeded(reference: str) -> Model:
    match = _SEEDED.fullmatch(reference)
    layers, width = (int(match[2]), int(match[3])) if match else (0, 0)
    if match is None or (width % _HEAD and width not in (16, 32)):
        raise InputError(
            f"--model {reference}: write random-KIND-LAYERSxWIDTH, of bert, esm or mosaic, with a "
            f"width of 16, 32 or a multiple of {_HEAD}, as random-mosaic-4x256"
        )
    protein = match[1] == "esm"
    shape = Shape(
        kind=cast(Kind, match[1]),
        vocabulary=len(ESM_TOKENS) if protein else Kmers.SIZE,
        hidden=width,
        layers=layers,
        heads=max(2, width // _HEAD),
        inner=_INNER * width,
        positions=1024,
        epsilon=1e-5 if protein else 1e-12,
    )

    def encoder() -> tuple[Shape, Any]:
        from tiltyard.pipelines.sequences.models.seeded import seeded_weights

        return shape, seeded_weights(shape, _SEED)

    return Model(
        reference,
        reference,
        _digest_of([], f"{shape} {_SEED}"),
        protein=protein,
        pooling="inner" if protein else "all",
        most_tokens=shape.positions,
        tokenizer=(lambda: Letters(ESM_TOKENS)) if protein else Kmers,
        encoder=encoder,
        shape=lambda: shape,
    )


def _of_folder(folder: Path) -> Model:
    from tiltyard.pipelines.sequences.models import folder as reading
    from tiltyard.pipelines.sequences.models.tokens import longest, read_tokenizer

    config = reading.read_config(folder)
    files = reading.weight_files(folder)
    protein = config.get("model_type") == "esm"
    most = [longest(folder), config.get("max_position_embeddings", 512)]
    if protein:  # the padding's number and one before it are not used for positions
        most[1] -= config.get("pad_token_id", 1) + 1
    beside = [folder / name for name in _DECIDING if (folder / name).is_file()]
    return Model(
        str(folder),
        name_of(str(folder)),
        _digest_of([*beside, *files]),
        protein=protein,
        pooling="inner" if protein else "all",
        most_tokens=min(one for one in most if one is not None),
        tokenizer=lambda: read_tokenizer(folder, config),
        encoder=lambda: reading.read_encoder(folder),
        shape=lambda: reading.read_encoder(folder)[0],
    )


def _digest_of(files: list[Path], words: str = "") -> str:
    """SHA-256 of a model's files by their names, and of the code that reads them."""
    from tiltyard.engine.files.receipts import sha256_of

    code = [Path(__file__).with_name(name) for name in _CODE]
    found = hashlib.sha256(words.encode())
    for file in (*files, *code):
        found.update(f"{file.name} {sha256_of(file)}\n".encode())
    return found.hexdigest()


def write_graph(model: Model, folder: Path, largest: float = 1.8e9) -> Path:
    """The model's graph as a file in `folder`, built unless it is there.

    Parameters
    ----------
    largest : float
        Bytes of weights above which they have a file of their own: an ONNX file ends at 2 GB.
    """
    path = folder / f"{model.name}.{model.digest[:16]}.onnx"
    if path.is_file():
        return path
    assert model.encoder is not None
    from tiltyard.engine.files.atomic import atomic_path
    from tiltyard.pipelines.sequences.models.encoders import encoder
    from tiltyard.pipelines.sequences.models.graph import save

    shape, weights = model.encoder()
    size = sum(value.nbytes for value in weights.values())
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        # The graph refers to its weights by their name, which no other process may take.
        external = f"{temporary.name.strip('.')}.weights" if size > largest else ""
        save(encoder(shape, weights), temporary, external)
    return path

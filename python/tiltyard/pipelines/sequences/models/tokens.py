"""Sequences as numbers of tokens, with those of their beginning and end."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.rule.codons import KNOWN

Tokens = NDArray[np.int64]
#: Tokens of ESM-2 in their order.
ESM_TOKENS = (
    *("<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"),
)
#: Names of the token that fills up, in tokenizers of BERT and of ESM.
PADS = ("[PAD]", "<pad>")


class Tokenizer(Protocol):
    """Turns sequences into tokens."""

    @property
    def pad(self) -> int:
        """Number of the token that fills up."""

    def tokens(self, sequences: Sequence[bytes]) -> list[Tokens]:
        """Tokens of each, with those of beginning and end."""


class Letters:
    """One token a letter between ``<cls>`` and ``<eos>``, as ESM has it."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        numbers = {token: number for number, token in enumerate(vocabulary)}
        self._begin, self._end = numbers["<cls>"], numbers["<eos>"]
        self.pad = numbers["<pad>"]
        self._of_byte = np.full(256, numbers["<unk>"], np.int64)
        for token, number in numbers.items():
            if len(token) == 1 and token.isascii():
                self._of_byte[ord(token)] = number

    def tokens(self, sequences: Sequence[bytes]) -> list[Tokens]:
        """See `Tokenizer`."""
        return [
            np.concatenate(
                ([self._begin], self._of_byte[np.frombuffer(one, np.uint8)], [self._end])
            )
            for one in sequences
        ]


class Words:
    """A tokenizer of the package tokenizers, from its file."""

    def __init__(self, file: Any, pad: int) -> None:
        self._file = file
        self.pad = pad

    def tokens(self, sequences: Sequence[bytes]) -> list[Tokens]:
        """See `Tokenizer`."""
        encoded = self._file.encode_batch([one.decode("ascii") for one in sequences])
        return [np.array(one.ids, np.int64) for one in encoded]


class Kmers:
    """Words of six letters side by side: what seeded models take for a vocabulary of DNA.

    A word with a letter other than A, C, G and T is one token; what is left over at the end none.
    """

    LENGTH, SPECIAL = 6, 5
    SIZE = SPECIAL + len(KNOWN) ** LENGTH
    pad = 0
    _BEGIN, _END, _ODD = 1, 2, 4

    def __init__(self) -> None:
        self._codes = np.full(256, len(KNOWN), np.int64)
        self._codes[list(KNOWN.encode())] = range(len(KNOWN))
        self._powers = len(KNOWN) ** np.arange(self.LENGTH)[::-1]

    def tokens(self, sequences: Sequence[bytes]) -> list[Tokens]:
        """See `Tokenizer`."""
        return [self._of(one) for one in sequences]

    def _of(self, sequence: bytes) -> Tokens:
        whole = len(sequence) // self.LENGTH * self.LENGTH
        codes = self._codes[np.frombuffer(sequence, np.uint8, whole)].reshape(-1, self.LENGTH)
        odd = (codes == len(KNOWN)).any(axis=1)
        words = np.where(odd, self._ODD, self.SPECIAL + codes @ self._powers)
        return np.concatenate(([self._BEGIN], words, [self._END]))


def read_tokenizer(folder: Path, config: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer of a Hugging Face folder: ``tokenizer.json``, or ``vocab.txt``.

    Raises
    ------
    InputError
        If there is neither, or it does not say which token fills up.
    """
    file, vocabulary = folder / "tokenizer.json", folder / "vocab.txt"
    if config.get("model_type") == "esm" and vocabulary.is_file():
        words = vocabulary.read_text(encoding="utf-8").split()
        missing = [one for one in ("<cls>", "<eos>", "<pad>", "<unk>") if one not in words]
        if missing:
            raise InputError(f"{vocabulary}: it lacks {', '.join(missing)}; copy it again")
        return Letters(words)
    if not (file.is_file() or vocabulary.is_file()):
        raise InputError(
            f"{folder}: there is no tokenizer.json and no vocab.txt; copy the tokenizer's files "
            "into it, or write them with tokenizer.save_pretrained"
        )
    # Threads of its own would be work that no option says.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import tokenizers

    own: Any
    try:
        if file.is_file():
            own = tokenizers.Tokenizer.from_file(str(file))
        else:
            lower = _settings(folder).get("do_lower_case", False)
            own = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=bool(lower))
    except Exception as error:  # the package raises nothing narrower
        raise InputError(f"{folder}: its tokenizer cannot be read: {error}") from error
    own.no_padding()
    own.no_truncation()
    pads = [own.token_to_id(name) for name in PADS]
    pad = config.get("pad_token_id", next((one for one in pads if one is not None), None))
    if pad is None:
        raise InputError(
            f"{folder}: no token fills up; write pad_token_id into config.json, as in 0"
        )
    return Words(own, int(pad))


def longest(folder: Path) -> int | None:
    """Most tokens that the tokenizer's settings allow; None if they do not say."""
    most = _settings(folder).get("model_max_length")
    # Where there is none, Hugging Face writes 10³⁰.
    return int(most) if isinstance(most, int | float) and most < 1e9 else None


def _settings(folder: Path) -> dict[str, Any]:
    file = folder / "tokenizer_config.json"
    if not file.is_file():
        return {}
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InputError(f"{file}: {error}; copy it again") from error

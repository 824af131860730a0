"""Names of samples: given, from the header, or from the file's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tiltyard.pipelines.alleles.faults import InputError


def split_specification(text: str) -> tuple[str, Path]:
    """Name ("" if none is given) and file of ``NAME:FILE`` or ``FILE``.

    A file whose own name has a colon is taken as it is, if it is there.
    """
    name, colon, file = text.partition(":")
    if not colon or Path(text).exists():
        return "", Path(text)
    if not name or not file:
        raise InputError(f"{text!r} is no file, and not of the form NAME:FILE")
    return name, Path(file)


def samples_of(read_groups: Mapping[str, str]) -> dict[str, str]:
    """Sample of each read group: its SM, else its ID."""
    return {identity: sample or identity for identity, sample in read_groups.items()}


def sample_name(given: str, path: Path, read_groups: Mapping[str, str]) -> str:
    """Name for the rows of a file that is counted as one sample.

    Raises
    ------
    InputError
        The header has several samples.
    """
    said = sorted(set(read_groups.values()) - {""})
    if len(said) > 1:
        raise InputError(
            f"{path} has the reads of {len(said)} samples: {', '.join(said)}; "
            "count them apart with --by-read-group, or split the file: samtools split"
        )
    return given or (said[0] if said else path.stem)

"""Headers of files of alignments, and whether the files are whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bam_headers import plain_header
from tiltyard.pipelines.alleles.inputs.bgzf import check_end, is_bgzf, is_gzip
from tiltyard.pipelines.alleles.inputs.reads import opened

#: Ends of a complete CRAM file: containers that hold nothing, of versions 2.1 and 3.
CRAM_ENDS = (
    bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
    bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"),
)
#: First version of CRAM that has one.
CRAM_WITH_END = (2, 1)


@dataclass(frozen=True)
class Header:
    """What is needed of a header.

    Parameters
    ----------
    cram : bool
    contigs : mapping
        Contig -> length, in order.
    digests : mapping
        Contig -> MD5 of its letters, as far as the header of a CRAM says it (M5).
    read_groups : mapping
        ID -> sample (SM), else "".
    """

    cram: bool
    contigs: Mapping[str, int]
    digests: Mapping[str, str]
    read_groups: Mapping[str, str]


def read_header(path: Path) -> Header:
    """Header of a BAM or CRAM file that is complete as far as its end says.

    Raises
    ------
    InputError
        The file cannot be read, is of another format, or lacks its end.
    """
    try:
        with path.open("rb") as file:
            start = file.read(18)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    cram = start.startswith(b"CRAM")
    if cram:
        _check_cram_end(path, (start[4], start[5]))
    elif is_bgzf(start):
        check_end(path)
        if plain := plain_header(path):
            return Header(cram, plain[0], {}, plain[1])
    else:
        said = "compressed, but not by BGZF" if is_gzip(start) else f"beginning with {start[:4]!r}"
        raise InputError(
            f"{path} is neither BAM nor CRAM, but a file {said}; "
            f"make a BAM of it: samtools sort -o sorted.bam {path}"
        )
    try:
        with opened(path, cram, check_sq=False) as reads:
            said = reads.header.to_dict()
            contigs = dict(zip(reads.references, reads.lengths, strict=True))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} has no header that can be read: {error}") from error
    return Header(
        cram,
        contigs,
        {line["SN"]: line["M5"].lower() for line in said.get("SQ", ()) if "M5" in line},
        {line["ID"]: line.get("SM", "") for line in said.get("RG", ())},
    )


def _check_cram_end(path: Path, version: tuple[int, int]) -> None:
    if version < CRAM_WITH_END:
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - max(map(len, CRAM_ENDS))))
        if not file.read().endswith(CRAM_ENDS):
            raise InputError(
                f"{path}: the file ends at byte {size:,} without CRAM's end container: it was cut "
                "off, or its writer did not finish; copy or write it again"
            )

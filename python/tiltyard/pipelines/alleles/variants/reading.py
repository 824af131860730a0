"""Reading of variants: VCF and MAF, plain or compressed, told apart by what is in them."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import check_end, is_bgzf, is_gzip
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.variants import maf, vcf
from tiltyard.pipelines.alleles.variants.variant import Variants


def read_variants(path: Path, fasta: Path) -> Variants:
    """Read a VCF or MAF file.

    Parameters
    ----------
    path : path
        Plain, gzipped or bgzipped; sorted or not.
    fasta : path
        Indexed FASTA file. A deletion of a MAF lacks the base before it, which comes from here.

    Raises
    ------
    InputError
        The file is neither VCF nor MAF, is damaged, or has records that are not whole.
    """
    lines = _lines(path)
    first = lines[0] if lines else ""
    if first.startswith(("##fileformat=VCF", "#CHROM")):
        return vcf.parse(path, lines)
    number = maf.columns_line(lines)
    if number is not None:
        with Fasta(fasta) as letters:
            return maf.parse(path, lines, number, letters)
    raise InputError(
        f"{path} is neither a VCF (its first line would begin with ##fileformat=VCF) nor a MAF "
        f"(no line of column names with {', '.join(maf.NEEDED)}); its first line is {first[:60]!r}"
    )


def variant_of(text: str) -> Variants:
    """Variants of one, which `text` names as ``CONTIG:POS:REF:ALT``, in the form of a VCF.

    Raises
    ------
    InputError
        `text` has another form.
    """
    parts = text.rsplit(":", 3)
    if len(parts) < 4 or not all(parts):
        raise InputError(
            f"{text!r} is not a variant: write CONTIG:POS:REF:ALT with the position as in a VCF, "
            "for example chr1:12345:A:G"
        )
    record = "\t".join([parts[0], parts[1], ".", *parts[2:], ".", ".", "."])
    return vcf.parse(Path(text), [*vcf.HEADER, record])


def _lines(path: Path) -> list[str]:
    """Lines of a file without their ends; bytes that are no UTF-8 survive as surrogates."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if is_gzip(content[:4]):
        if is_bgzf(content[:18]):
            check_end(path)
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(f"{path} is damaged: {error}; copy or compress it again") from error
    if content.startswith(b"BCF"):
        raise InputError(f"{path} is a BCF file; make a VCF of it: bcftools view -Oz -o OUT {path}")
    text = content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    return text.rstrip("\n").split("\n") if text.strip("\n") else []

"""Writing of a table, whole or not at all, in the format that its name or an option says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.alleles.counted import AlleleCounts
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.output import maf, tsv, vcf
from tiltyard.pipelines.alleles.output.bgzf import BgzfWriter
from tiltyard.pipelines.alleles.output.columns import COLUMNS, GROUP
from tiltyard.pipelines.alleles.variants.variant import Variants

FORMATS = ("tsv", "parquet", "vcf", "maf")
#: Endings of names, each with its format; text may be compressed, with .gz behind it.
ENDINGS = {".tsv": "tsv", ".txt": "tsv", ".parquet": "parquet", ".vcf": "vcf", ".maf": "maf"}
COMPRESSED = ".gz"
#: Records of a VCF of which all samples' texts are held at once.
CHUNK = 20_000


def format_of(path: Path, wanted: str = "") -> str:
    """Format of the table at `path`: `wanted`, else the one that its ending says.

    Raises
    ------
    InputError
        If neither says it, or Parquet is to be compressed again.
    """
    name = path.name.removesuffix(COMPRESSED)
    found = wanted or ENDINGS.get(Path(name).suffix, "")
    if not found:
        raise InputError(
            f"{path}: the ending of its name says no format; known are {', '.join(ENDINGS)}, all "
            f"but .parquet also with {COMPRESSED}; or say it: --output-format tsv"
        )
    if found == "parquet" and path.name.endswith(COMPRESSED):
        raise InputError(f"{path}: Parquet is compressed as it is; call it {name}")
    return found


def refuse_unfit(form: str, variants: Variants, options: Options) -> None:
    """Refuse a format that cannot hold the table.

    Raises
    ------
    InputError
        With what to do instead.
    """
    if form == "vcf" and options.by:
        raise InputError(
            f"--by {options.by} has a row for each value of a tag, which a VCF cannot hold; write "
            "TSV or Parquet"
        )
    if form == "maf" and variants.format != "maf":
        raise InputError(
            f"{variants.path} is no MAF: a MAF is written with the columns of the MAF that was "
            "read; write TSV, Parquet or VCF"
        )
    if form == "parquet":
        from tiltyard.engine.extras import require

        require("pyarrow", "writing Parquet", "alleles")


def notes_of(form: str, variants: Variants, options: Options, prefix: str) -> list[str]:
    """What of the input's own the table does not have, a sentence each."""
    if form == "vcf" and variants.format == "vcf":
        samples = variants.header[-1].split("\t")[9:]
        if samples:
            shown = ", ".join(samples[:5]) + (", …" if len(samples) > 5 else "")
            return [f"{variants.path}: its own samples ({shown}) and their columns are left out"]
    if form == "maf" and (gone := maf.replaced(variants, _names(options, prefix))):
        return [
            f"{variants.path}: its columns {', '.join(gone)} are replaced by those that are "
            "counted; another --column-prefix keeps them"
        ]
    return []


def write(counted: AlleleCounts, path: Path, form: str, prefix: str = "t_") -> None:
    """Write the table to `path`; it is there when it is whole.

    Parameters
    ----------
    counted : AlleleCounts
    path : path
    form : str
        One of `FORMATS`.
    prefix : str
        Before the names of our columns in a MAF.
    """
    with atomic_path(path) as temporary:
        if form == "parquet":
            from tiltyard.pipelines.alleles.output import parquet

            tables = (columns for _, columns in counted.columns())
            parquet.write(tables, temporary, grouped=bool(counted.options.by))
            return
        with temporary.open("wb") as file:
            out = BgzfWriter(file) if path.name.endswith(COMPRESSED) else file
            for text in texts(counted, form, prefix):
                out.write(text.encode("utf-8", "surrogateescape"))
            if isinstance(out, BgzfWriter):
                out.close()


def texts(counted: AlleleCounts, form: str, prefix: str = "t_") -> Iterator[str]:
    """Pieces of the table as text, in the formats that are text."""
    if form == "vcf":
        yield from _vcf(counted)
        return
    ours = _names(counted.options, prefix if form == "maf" else "")
    if form == "maf":
        yield maf.header(counted.variants, ours)
    else:
        yield tsv.header(ours)
    for rows, columns in counted.columns():
        if form == "maf":
            yield maf.lines(counted.variants, rows.variant.tolist(), columns, ours)
        else:
            yield tsv.lines(columns)


def _names(options: Options, prefix: str) -> list[str]:
    names = [COLUMNS[0], *([GROUP] if options.by else []), *COLUMNS[1:]]
    return maf.names_of(names, prefix)


def _vcf(counted: AlleleCounts) -> Iterator[str]:
    variants, options = counted.variants, counted.options
    lengths = [file.alignment.contigs for file in counted.files]
    contigs = dict.fromkeys(row.contig for row in variants.rows)
    known = [(name, next((own[name] for own in lengths if name in own), None)) for name in contigs]
    stated = [line for line in variants.header if line.startswith("##")]
    yield vcf.header(stated if variants.format == "vcf" else [], known, list(counted.samples))
    records = vcf.records_of(variants)
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        part = slice(chunk[0].first, chunk[-1].last)
        samples = []
        for file in counted.files:
            rows = file.rows(options, part)
            for name in file.samples(options):
                samples.append(list(vcf.sample_texts(rows.of_sample(name), chunk)))
        yield vcf.lines(chunk, samples)

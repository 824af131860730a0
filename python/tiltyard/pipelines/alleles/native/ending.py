"""How counting ended, in words."""

from __future__ import annotations

from pathlib import Path

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.native.unit import Unit

_AGAIN = "copy or write the file again"
_WRONG = {
    layout.BAD_BLOCK: ("no whole BGZF block begins here", _AGAIN),
    layout.BAD_DATA: ("the block cannot be inflated to as many bytes as it says", _AGAIN),
    layout.BAD_CHECKSUM: ("the block's checksum (CRC32) is not its content's", _AGAIN),
    layout.BAD_RECORD: ("a record that ends in the block here is damaged", _AGAIN),
    layout.CUT_OFF: ("the file ends inside a record", _AGAIN),
    layout.BAD_OFFSET: (
        "the index points here, where no record begins",
        "make the index again with: samtools index {path}",
    ),
    layout.UNSORTED: (
        "the reads are not sorted: one that ends in the block here starts before the last",
        "sort them: samtools sort -o sorted.bam {path}",
    ),
}


def check(status: int, alignment: Alignment, unit: Unit) -> None:
    """Raise `InputError` unless counting ended well; it names the file and the byte."""
    if status == layout.FINE:
        return
    if status == layout.UNKNOWN_GROUP:
        raise unknown_group(alignment, unit.last_group())
    raise damaged(status, alignment.path, unit.get(layout.BYTE))


def damaged(status: int, path: Path, byte: int) -> InputError:
    """Error about a file that is wrong at a byte."""
    what, remedy = _WRONG[status]
    return InputError(f"{path}, byte {byte:,}: {what}; {remedy.format(path=path)}")


def unknown_group(alignment: Alignment, read_group: str) -> InputError:
    """Error about a read group that the header lacks."""
    return InputError(
        f"{alignment.path}: a read has the read group {read_group}, which the header lacks; "
        "add its @RG line (samtools reheader, samtools addreplacerg)"
    )

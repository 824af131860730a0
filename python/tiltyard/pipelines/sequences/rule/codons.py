"""Letters, their complements, and what codons stand for.

Sources: IUPAC-IUB, Nomenclature for incompletely specified bases in nucleic acid sequences (1985);
NCBI, The Genetic Codes.
"""

from __future__ import annotations

from functools import cache
from itertools import product

from tiltyard.pipelines.sequences.rule.rules import TABLES, Rules

#: Letter -> bases that it may stand for.
MEANINGS = {
    **{base: base for base in "ACGT"},
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
#: Letters that a contig may have, those of known bases first.
LETTERS = "".join(MEANINGS)
KNOWN = "ACGT"
_PAIRS = dict(zip("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN", strict=True))
STOP, UNKNOWN = "*", "X"
#: Residues of the standard code in NCBI's order, in which the first base changes slowest.
_BASES = "TCAG"
_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
#: Table -> codons that it reads otherwise than the standard code. 11 differs in starts alone.
_OTHERWISE = {1: {}, 4: {"TGA": "W"}, 11: {}, 15: {"TAG": "Q"}, 25: {"TGA": "G"}}
assert tuple(_OTHERWISE) == TABLES


@cache
def code(table: int) -> dict[str, str]:
    """Codon of known bases -> residue, or `STOP`."""
    codons = ("".join(bases) for bases in product(_BASES, repeat=3))
    return dict(zip(codons, _STANDARD, strict=True)) | _OTHERWISE[table]


def residue(codon: str, rules: Rules) -> str | None:
    """The residue of a codon, `STOP`, or None if it is unknown."""
    standing = code(rules.table)
    if codon in standing:
        return standing[codon]
    if rules.unknown != "resolve":
        return None
    found = {standing["".join(bases)] for bases in product(*(MEANINGS[one] for one in codon))}
    return found.pop() if len(found) == 1 else None


def complement(letter: str, rules: Rules) -> str:
    """The letter of the other strand; under VirNucPro's rules that of a known base alone."""
    return _PAIRS[letter] if rules.exact or letter in KNOWN else letter

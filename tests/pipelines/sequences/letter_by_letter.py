"""Chunks and frames once more, letter by letter, from NCBI's own lines; nothing of the package."""

from fractions import Fraction
from itertools import product

#: NCBI's lines of residues, the first base slowest, in the order T C A G.
LINES = {
    1: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    4: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    11: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    15: "FFLLSSSSYY*QCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    25: "FFLLSSSSYY**CCGWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
}
MEANS = {
    **dict(zip("ACGT", "ACGT", strict=True)),
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


def chunks(length, window, exact):
    """Begin and end of each chunk: overlap is dealt out to the junctions base by base."""
    number = 0
    while number * window < length:
        number += 1
    if number <= 1:
        return [(0, length)] if length else []
    surplus = number * window - length
    junctions = [0] * (number - 1)
    if exact:
        for base in range(surplus):
            junctions[base % (number - 1)] += 1
    else:
        low = surplus // number
        high = surplus - low * (number - 1)
        junctions = [low + 1 if place < high else low for place in range(number - 1)]
    found, start = [], 0
    for place in range(number):
        found.append((start, min(start + window, length)))
        start += window - (junctions[place] if place < number - 1 else 0)
    return found


def residue(codon, table, resolve):
    standing = dict(zip(map("".join, product("TCAG", repeat=3)), LINES[table], strict=True))
    if codon in standing:
        return standing[codon]
    if not resolve:
        return None
    means = {standing[a + b + c] for a, b, c in product(*(MEANS[one] for one in codon))}
    return means.pop() if len(means) == 1 else None


def frames(chunk, exact, table, unknown, most):
    """Frames that are kept, {name: (nucleotides, protein)}, or the reason that there is none."""
    pairs = dict(zip("ACGT", "TGCA", strict=True))
    if exact:
        pairs |= dict(zip("RYSWKMBDHVN", "YRSWMKVHDBN", strict=True))
    turned = "".join(pairs.get(one, one) for one in reversed(chunk))
    kept, dark = {}, False
    for strand, line in (("F", chunk), ("R", turned)):
        for first in range(3):
            read = [
                residue(line[place : place + 3], table, unknown == "resolve")
                for place in range(first, len(line) - 2, 3)
            ]
            if not read or "*" in read:
                continue
            if read.count(None) > Fraction(most) * len(read):
                dark = True
                continue
            protein = "".join(one or ("" if unknown == "drop" else "X") for one in read)
            if protein:
                bases = 3 * len(read) if exact else 3 * len(protein) + 1
                kept[f"{strand}{first + 1}"] = (line[first : first + bases], protein)
    if kept:
        return kept
    return "too_short" if len(chunk) < 3 else "ambiguous" if dark else "no_open_frame"

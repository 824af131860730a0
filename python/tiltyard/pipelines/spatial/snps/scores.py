"""LD scores of a baseline, and those of the regression's weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.snps.tables import chromosome_number, read_table

#: Columns of a file that are no scores.
_ASIDE = ("CHR", "SNP", "BP", "CM", "MAF")
_ENDS = ("", ".gz", ".bz2", ".feather", ".parquet")
_CHROMOSOMES = (*map(str, range(1, 23)), "X", "Y")


@dataclass
class LdScores:
    """LD scores of SNPs.

    Parameters
    ----------
    snps : list of str
        In the order of the genome: by chromosome, position and row, else by file and row.
    columns : list of str
    values : (n, K) array
    chromosome, position : (n,) array or None
        None where the files do not say.
    m : (K,) array or None
        Common SNPs that each column's scores are of; None where a file lacks its ``M_5_50``.
    counts : dict
        By file: rows, duplicates and rows without a number that were left out.
    files : list of path
    """

    snps: list[str]
    columns: list[str]
    values: NDArray[np.float64]
    chromosome: NDArray[np.int64] | None = None
    position: NDArray[np.int64] | None = None
    m: NDArray[np.float64] | None = None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


def read_scores(name: str, option: str) -> LdScores:
    """LD scores of one file, or of one for each chromosome.

    Parameters
    ----------
    name : str
        A file, or what its names begin with: ``PREFIX{chr}.l2.ldscore``, also compressed, as
        feather or Parquet; ``{chr}`` stands for the chromosome, or it is added at the end.
    option : str
        That gave it, for messages.

    Raises
    ------
    InputError
        If there is no such file, or it has no LD scores.
    """
    files = files_of(name, option)
    tables, counts = [], {}
    for path in files:
        if ".annot" in path.name:
            raise InputError(
                f"{option} {path}: an annotation has no LD scores; name its .l2.ldscore"
            )
        table = read_table(path, option)
        if "SNP" not in table:
            raise InputError(f"{option} {path}: has no column SNP; there are {listed(list(table))}")
        columns = [column for column in table if column not in _ASIDE]
        if not columns:
            raise InputError(f"{option} {path}: has no column of LD scores besides {_ASIDE}")
        table, counts[str(path)] = _cleaned(table, columns)
        tables.append(table)
    if len({tuple(table) for table in tables}) > 1:
        raise InputError(f"{option} {name}: its files have different columns; write them alike")
    whole = pd.concat(tables, ignore_index=True)
    double = whole["SNP"].duplicated()
    if double.any():
        counts[str(files[-1])]["duplicates"] += int(double.sum())
        whole = whole[~double].reset_index(drop=True)
    return _in_order(whole, _m_of(files), counts, files)


def files_of(name: str, option: str) -> list[Path]:
    """Files that a name stands for."""
    if Path(name).is_file():
        return [Path(name)]
    stem = name if "{chr}" in name else f"{name}{{chr}}"
    found = []
    for chromosome in _CHROMOSOMES:
        begin = stem.replace("{chr}", chromosome)
        ends = [f"{begin}.l2.ldscore{end}" for end in _ENDS]
        found += [Path(path) for path in ends if Path(path).is_file()][:1]
    if not found:
        raise InputError(
            f"{option} {name}: there is neither that file nor {stem}.l2.ldscore[.gz] of any "
            "chromosome"
        )
    return found


def _cleaned(table: Any, columns: Sequence[str]) -> tuple[Any, dict[str, int]]:
    """Rows with numbers, each SNP once; and how many others there were."""
    rows = len(table)
    table = table.copy()
    table[list(columns)] = table[list(columns)].apply(pd.to_numeric, errors="coerce")
    whole = np.isfinite(table[list(columns)].to_numpy(np.float64)).all(1) & table["SNP"].notna()
    table = table[whole]
    once = ~table["SNP"].duplicated()
    return table[once], {
        "rows": rows,
        "without_numbers": int((~whole).sum()),
        "duplicates": int((~once).sum()),
    }


def _m_of(files: Sequence[Path]) -> NDArray[np.float64] | None:
    total: NDArray[np.float64] | None = None
    for path in files:
        beside = path.with_name(path.name.partition(".l2.ldscore")[0] + ".l2.M_5_50")
        if not beside.is_file():
            return None
        own = np.array(beside.read_text(encoding="ascii").split(), np.float64)
        total = own if total is None else total + own
    return total


def _in_order(table: Any, m: Any, counts: Any, files: list[Path]) -> LdScores:
    columns = [str(column) for column in table if column not in _ASIDE]
    if m is not None and len(m) != len(columns):
        raise InputError(
            f"{files[0]}: has {len(columns)} columns, and its .l2.M_5_50 {len(m)}; write it anew"
        )
    chromosome = position = None
    if "CHR" in table and "BP" in table:
        numbers = np.array([chromosome_number(one) for one in table["CHR"]], np.int64)
        places = table["BP"].to_numpy(np.int64)
        order = np.lexsort((places, numbers))
        table, chromosome, position = table.iloc[order], numbers[order], places[order]
    return LdScores(
        table["SNP"].astype(str).tolist(),
        columns,
        table[columns].to_numpy(np.float64),
        chromosome,
        position,
        m,
        counts,
        files,
    )


def joined(parts: Sequence[LdScores], say: Callable[[str], None]) -> LdScores:
    """Baselines side by side, by the ids of their SNPs; those that one lacks are lost.

    A column whose name was met before gets ``_2`` behind it, ``_3`` the next time.
    """
    first = parts[0]
    kept = set(first.snps).intersection(*(set(one.snps) for one in parts[1:]))
    for one in parts:
        lost = len(one.snps) - len(kept)
        one.counts[str(one.files[0])]["lost"] = lost
        if lost:
            say(f"{one.files[0]}: {lost:,} SNPs are not in the other baselines")
    snps = [snp for snp in first.snps if snp in kept]
    values, names = [], []
    met: dict[str, int] = {}
    for one in parts:
        place = {snp: row for row, snp in enumerate(one.snps)}
        values.append(one.values[[place[snp] for snp in snps]])
        for name in one.columns:
            met[name] = met.get(name, 0) + 1
            names.append(name if met[name] == 1 else f"{name}_{met[name]}")
    rows = np.flatnonzero([snp in kept for snp in first.snps])
    ms = [one.m for one in parts]
    return LdScores(
        snps,
        names,
        np.concatenate(values, axis=1),
        None if first.chromosome is None else first.chromosome[rows],
        None if first.position is None else first.position[rows],
        None if any(m is None for m in ms) else np.concatenate([m for m in ms if m is not None]),
        {path: count for one in parts for path, count in one.counts.items()},
        [path for one in parts for path in one.files],
    )

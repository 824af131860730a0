"""Folders that tests of sequences plant: classifiers with seeded weights, small genomes."""

import json

import numpy as np
from safetensors.numpy import save_file

from tiltyard.pipelines.sequences.classifying.classifier import sizes


def write_classifier(folder, nucleotide, protein, width, kind="logistic", seed=5, **other):
    """Write a classifier of two models, or of one where the other is None; returns its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {
        name: {"model": model, "width": width}
        for name, model in (("nucleotide", nucleotide), ("protein", protein))
        if model
    }
    rng = np.random.default_rng(seed)
    weights = {
        name: np.asarray(rng.standard_normal(size), np.float32)
        for name, size in sizes(kind, width * len(inputs), 7).items()
    }
    for name in weights:
        if name in ("scale", "bn1.running_var"):
            weights[name] = np.abs(weights[name]) + np.float32(0.5)
    said = {"kind": kind, "labels": ["others", "virus"], "window": 300, "inputs": inputs} | other
    (folder / "classifier.json").write_text(json.dumps(said))
    save_file(weights, folder / "classifier.safetensors")
    return weights


def write_genomes(folder):
    """Six genomes of two kinds, which differ in their codons, and the table of them."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(2)
    rows = ["label\tgroup\tsource\tpath"]
    kinds = {
        "virus": ["AAA", "AAT", "GAA", "ATT", "GCT"],
        "others": ["GCC", "CGC", "GAC", "CTG", "GCT"],
    }
    for label, codons in kinds.items():
        for number in range(3):
            letters = "".join(rng.choice(codons, 2000))
            name = f"{label}{number}"
            (folder / f"{name}.fa").write_text(f">{name}\n{letters}\n")
            rows.append(f"{label}\t{label}-{number}\tmade\t{name}.fa")
    (folder / "table.tsv").write_text("\n".join([*rows, ""]))

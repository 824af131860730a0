"""Verification of a study as its user requests it: files, tables, and recomputed evaluations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass

from tiltyard.engine.catalogue import catalogue_of
from tiltyard.engine.kind import Kind
from tiltyard.engine.machine.facts import describe_machine, other_machine
from tiltyard.engine.provenance.checking_receipts import check_receipts, check_records
from tiltyard.engine.provenance.findings import Verification
from tiltyard.engine.provenance.manifest import read_manifest, refuse_other_config
from tiltyard.engine.provenance.recomputing import Recomputation
from tiltyard.engine.provenance.row_differences import Tolerance
from tiltyard.engine.provenance.rows import EvaluationKey
from tiltyard.engine.provenance.verification import Comparison, check_files, draw_sample
from tiltyard.engine.study import Study

#: 500 evaluations of the default study, computed with the oldest kernels that BLAS and numpy
#: have (no AVX, no fused multiply-add), were apart by 5e-14 (median) and 2e-4 (99 %); by 4.5e-4 at
#: most where the same settings were chosen. This is twenty times that, and moves no error by more
#: than a reader of two digits sees. Scores below the absolute one are rounding.
RELATIVE, ABSOLUTE = 1e-2, 1e-9

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True)
class Request:
    """Request of a verification.

    Attributes
    ----------
    sample : int or None
        Evaluations to compute again, drawn by `seed`; None for all of them.
    only : tuple of str
        Evaluations to compute again in place of a sample, as ``configuration/method/language``.
    seed : int
    tolerance : float or None
        Relative tolerance; None for 0 on the machine of the results, and `RELATIVE` on another.
    threads : int
        Cores to use, >= 1.
    """

    sample: int | None = 20
    only: tuple[str, ...] = ()
    seed: int = 0
    tolerance: float | None = None
    threads: int = 1


def verify_study(study: Study, request: Request, bar: Bar) -> Verification:
    """Verify `study`.

    Parameters
    ----------
    study : Study
    request : Request
    bar : callable
        Called with the name of what is counted, it returns a context whose function takes the
        numbers done and of all.

    Raises
    ------
    UnreadableFile
        If there is no manifest.
    ConfigError
        If the manifest is that of another configuration.
    ValueError
        If `request` names an evaluation that the study does not have.
    """
    manifest = read_manifest(study.folder)
    refuse_other_config(manifest, study.config)
    methods = [method.key for method in catalogue_of(study)]
    ids = study.ids
    elsewhere = other_machine(
        manifest["machine"], describe_machine(study.kind.kernels(study.config))
    )
    report = Verification(
        study.name,
        len(ids) * len(methods),
        _tolerance(study.kind, request.tolerance, bool(elsewhere)),
        tuple(elsewhere),
    )
    chosen = _chosen(request, ids, methods)
    with bar("digests") as observe:
        check_files(manifest, study.folder, report, threads=request.threads, observe=observe)
    report.faults += check_receipts(study, manifest, report.left_out)
    report.faults += check_records(study)
    with closing(Recomputation(study, request.threads)) as recomputation:
        if "datasets" not in report.left_out:
            for name in sorted({key.configuration for key in chosen}):
                fault = recomputation.dataset_fault(study, name, report.tolerance.relative)
                report.faults += [fault] if fault else []
        versions = {key: method.version for key, method in recomputation.methods.items()}
        comparison = Comparison(study, recomputation.rows, versions, report)
        with bar("evaluations") as observe:
            comparison.run(chosen, observe=observe)
    return report


def _tolerance(kind: Kind, wanted: float | None, elsewhere: bool) -> Tolerance:
    """The tolerance of numbers; times differ from run to run and are never compared."""
    relative = (RELATIVE if elsewhere else 0.0) if wanted is None else wanted
    measures = kind.measures
    times = (*((measures.score,) if measures.timed else ()), *measures.costs)
    if not relative:
        return Tolerance(ignored=times)
    columns = tuple(measures.comparable) or ("status",)
    return Tolerance(relative, ABSOLUTE, columns, measures.choices, times)


def _chosen(request: Request, ids: list[str], methods: list[tuple[str, str]]) -> set[EvaluationKey]:
    if not request.only:
        count = len(ids) * len(methods) if request.sample is None else request.sample
        return draw_sample(ids, methods, count, request.seed)
    chosen = {EvaluationKey.parse(text) for text in request.only}
    for key in sorted(chosen):
        if key.configuration not in ids:
            raise ValueError(f"{key}: the study has no configuration {key.configuration!r}")
        if key[1:] not in methods:
            raise ValueError(f"{key}: {key.method} ({key.language}) takes no part in the study")
    return chosen

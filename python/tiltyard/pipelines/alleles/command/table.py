"""The work of `tiltyard alleles count`: a table, a part of one, or a table of parts."""

from __future__ import annotations

import shutil

from tiltyard.engine.files.atomic import writing_fault
from tiltyard.pipelines import stages
from tiltyard.pipelines.alleles.asked import Asked
from tiltyard.pipelines.alleles.command.log import Log
from tiltyard.pipelines.alleles.command.progress import bar
from tiltyard.pipelines.alleles.command.request import Request, parts_of
from tiltyard.pipelines.alleles.counted import AlleleCounts
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.output.writing import format_of, notes_of, refuse_unfit, write
from tiltyard.pipelines.alleles.parts.gathering import count_group, gather
from tiltyard.pipelines.alleles.run import Checked, Inputs, check, count_all


def make_table(request: Request, inputs: Inputs, asked: Asked, log: Log) -> AlleleCounts:
    """Count, or gather parts, and write the table.

    Raises
    ------
    InputError
        Before a read is counted, if an input, an option or the place of the table is wrong.
    """
    assert request.output is not None
    stages.begin("open")
    form = format_of(request.output, request.form)
    if fault := writing_fault(request.output.parent):
        raise InputError(fault)
    variants = inputs.read()
    refuse_unfit(form, variants, inputs.options)
    checked = check(inputs, variants)
    _say(checked, log)
    for sentence in notes_of(form, variants, inputs.options, request.prefix):
        log.note(sentence)
    parts = parts_of(request.output)
    if request.gather is not None:
        counted = gather(checked, request.gather)
    else:
        # One file that is not finished has nothing that could be taken up.
        kept = parts if len(checked.tasks) > 1 else None
        with bar("counting", log.quiet) as progress:
            counted = count_all(checked, asked, parts=kept, progress=progress, say=log.note)
    stages.begin("write")
    if form == "vcf" and "" in _all_samples(counted):
        log.warn("reads without a read group are in no column of a VCF; a TSV has rows of them")
    write(counted, request.output, form, request.prefix)
    shutil.rmtree(parts, ignore_errors=True)
    log.conclude(counted)
    return counted


def make_part(request: Request, inputs: Inputs, asked: Asked, log: Log) -> None:
    """Count one group of contigs of one file, and write it as a part.

    Raises
    ------
    InputError
        Before a read is counted, if an input, an option or the place of the part is wrong.
    """
    assert request.part is not None
    stages.begin("open")
    if fault := writing_fault(request.part.parent):
        raise InputError(fault)
    checked = check(inputs)
    _say(checked, log)
    number, groups = request.numbers
    with bar("counting", log.quiet) as progress:
        count_group(
            checked,
            asked,
            request.part,
            group=number,
            groups=groups,
            progress=progress,
            say=log.note,
        )


def _say(checked: Checked, log: Log) -> None:
    for sentence in checked.opened.notes:
        log.note(sentence)
    for sentence in checked.opened.warnings:
        log.warn(sentence)


def _all_samples(counted: AlleleCounts) -> set[str]:
    """Samples with rows; "" among them for reads without a read group."""
    if not counted.options.by_read_group:
        return set()
    return {name or "" for file in counted.files for name in file.counts.groups}

# Contigs predicted: a job for each file of frames, a merge, and the tables.
# docs/sequences.md says how to run it; config/pipelines/sequences.yaml is an example to copy.
import os
import sys

# Snakemake searches this folder and the one where it was started first: a file called json.py
# there would be taken for the standard library's.
searched_last = {"", os.getcwd(), str(workflow.basedir), str(workflow.workdir_init)}
sys.path.sort(key=lambda folder: folder in searched_last)

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from tiltyard.engine.machine.interpreter import spare_working_folder
from tiltyard.pipelines.sequences.workflow import read_plan

min_version("9.0")
spare_working_folder()

try:
    if not config:
        raise ValueError(
            "no configuration: --configfile config/pipelines/sequences.yaml, or a copy of it"
        )
    plan = read_plan(config)
except (ValueError, OSError) as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    number="[0-9]+",
    kind="nucleotide|protein",


def ready(wildcards):
    """What the tables are made of: known when the frames are written."""
    return plan.ready(Path(checkpoints.frames.get().output[0]))


rule all:
    default_target: True
    input:
        plan.tables,
    message:
        "{plan.output}: all tables are there"


# Frames of all contigs, in files of equal numbers.
checkpoint frames:
    input:
        plan.contigs,
    output:
        f"{plan.work}/frames.json",
    log:
        f"{plan.stem}.logs/frames.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        tables=lambda wildcards: plan.output,
        work=lambda wildcards: plan.work,
        words=plan.words,
    message:
        "{input}: frames"
    shell:
        "tiltyard sequences predict {input:q} --output {params.tables:q} --work {params.work:q}"
        " --until frames {params.words} > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


# Vectors of one file of frames, by the model of each input of the classifier.
for kind in plan.models:

    rule:
        name:
            f"embed_{kind}"
        input:
            f"{plan.work}/frames.json",
        output:
            plan.vectors(kind),
        log:
            f"{plan.stem}.logs/{kind}.{{number}}.log",
        conda:
            "../../environment.yml"
        threads: plan.threads
        resources:
            mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
            runtime=lambda wildcards, attempt: plan.minutes * attempt,
        params:
            source=f"{plan.work}/{kind}/output_{{number}}.fa",
            model=plan.model_words(kind),
            batches=plan.batches,
        message:
            "vectors of {params.source} ({threads} threads)"
        shell:
            "tiltyard sequences embed {params.source:q} --output {output:q} --threads {threads}"
            " {params.model} {params.batches} > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


if len(plan.models) > 1:

    # Vectors of nucleotides and of proteins, joined by name.
    rule merge:
        input:
            [plan.vectors(kind) for kind in plan.models],
        output:
            f"{plan.work}/merged/output_{{number}}.parquet",
        log:
            f"{plan.stem}.logs/merge.{{number}}.log",
        conda:
            "../../environment.yml"
        resources:
            mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
            runtime=lambda wildcards, attempt: plan.minutes * attempt,
        message:
            "{output}"
        shell:
            "tiltyard sequences merge {input:q} --output {output:q} > {log:q} 2>&1"
            " || {{ cat {log:q}; exit 1; }}"


# The tables. What a job has finished is taken as it is; what is foreign is made again.
rule predict:
    input:
        contigs=plan.contigs,
        ready=ready,
    output:
        plan.tables,
    log:
        f"{plan.stem}.logs/predict.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        tables=lambda wildcards: plan.output,
        work=lambda wildcards: plan.work,
        model=plan.classifier_words,
        words=plan.words,
    message:
        "{plan.output}"
    shell:
        "tiltyard sequences predict {input.contigs:q} --output {params.tables:q}"
        " --work {params.work:q} --workers 1 {params.model} {params.words} > {log:q} 2>&1"
        " && status=0 || status=$?; cat {log:q}; exit $status"

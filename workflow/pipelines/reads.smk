# Reads of many files or lanes, filtered: a job for each, and one table of what was kept and dropped.
# docs/reads.md says how to run it; config/pipelines/reads.yaml is an example to copy.
import os
import sys

# Snakemake searches this folder and the one where it was started first: a file called json.py
# there would be taken for the standard library's.
searched_last = {"", os.getcwd(), str(workflow.basedir), str(workflow.workdir_init)}
sys.path.sort(key=lambda folder: folder in searched_last)

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from tiltyard.engine.machine.interpreter import spare_working_folder
from tiltyard.pipelines.reads.workflow import read_plan

min_version("9.0")
spare_working_folder()

try:
    if not config:
        raise ValueError(
            "no configuration: --configfile config/pipelines/reads.yaml, or a copy of it"
        )
    plan = read_plan(config)
except (ValueError, OSError) as error:
    raise WorkflowError(str(error)) from None


rule all:
    default_target: True
    input:
        plan.table,
        plan.reads,
    message:
        "{plan.table}: all lanes are there"


# Reads of one file.
rule filter:
    input:
        lambda wildcards: plan.lanes[wildcards.lane],
    output:
        reads=f"{plan.output}/{{lane}}.fq.gz",
        report=f"{plan.output}/{{lane}}.json",
    log:
        f"{plan.output}/logs/{{lane}}.log",
    wildcard_constraints:
        lane=plan.pattern(paired=False),
    conda:
        "../../environment.yml"
    threads: plan.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        number=lambda wildcards: plan.number(wildcards.lane),
        words=plan.words,
    message:
        "{wildcards.lane} ({threads} threads)"
    shell:
        "tiltyard reads filter {input:q} --output {output.reads:q} --json {output.report:q}"
        " --first-file {params.number} --threads {threads} {params.words}"
        " > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


# Pairs of two files.
rule filter_pairs:
    input:
        lambda wildcards: plan.lanes[wildcards.lane],
    output:
        first=f"{plan.output}/{{lane}}_1.fq.gz",
        second=f"{plan.output}/{{lane}}_2.fq.gz",
        report=f"{plan.output}/{{lane}}.json",
    log:
        f"{plan.output}/logs/{{lane}}.log",
    wildcard_constraints:
        lane=plan.pattern(paired=True),
    conda:
        "../../environment.yml"
    threads: plan.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        number=lambda wildcards: plan.number(wildcards.lane),
        words=plan.words,
    message:
        "{wildcards.lane} ({threads} threads)"
    shell:
        "tiltyard reads filter --paired {input:q} --output {output.first:q}"
        " --output2 {output.second:q} --json {output.report:q}"
        " --first-file {params.number} --threads {threads} {params.words}"
        " > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


# The table. It is refused if a lane is missing, is there twice, or was filtered in another way.
rule gather:
    input:
        plan.reports,
    output:
        plan.table,
    log:
        f"{plan.output}/logs/gather.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    message:
        "the table of all lanes"
    shell:
        "tiltyard reads gather {input:q} --output {output:q} > {log:q} 2>&1"
        " || {{ cat {log:q}; exit 1; }}"

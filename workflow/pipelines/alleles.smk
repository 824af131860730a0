# Allele counts of many samples: a job for each sample, several for a large one, and one table.
# docs/alleles.md says how to run it; config/pipelines/alleles.yaml is an example to copy.
import os
import sys

# Snakemake searches this folder and the one where it was started first: a file called json.py
# there would be taken for the standard library's.
searched_last = {"", os.getcwd(), str(workflow.basedir), str(workflow.workdir_init)}
sys.path.sort(key=lambda folder: folder in searched_last)

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from tiltyard.engine.machine.interpreter import spare_working_folder
from tiltyard.pipelines.alleles.workflow import read_plan

min_version("9.0")
spare_working_folder()

try:
    if not config:
        raise ValueError(
            "no configuration: --configfile config/pipelines/alleles.yaml, or a copy of it"
        )
    plan = read_plan(config)
except (ValueError, OSError) as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    group="[0-9]+",
    groups="[0-9]+",


rule all:
    default_target: True
    input:
        plan.output,
    message:
        "{plan.output}: all samples are there"


# Counts of one sample, or of one group of its contigs, in a form that the table is made of.
rule count:
    input:
        variants=plan.variants,
        fasta=plan.fasta,
        fai=plan.fai,
        files=lambda wildcards: plan.files(wildcards.sample),
    output:
        plan.pattern,
    log:
        f"{plan.folder}/logs/{{sample}}.{{group}}-of-{{groups}}.log",
    conda:
        "../../environment.yml"
    threads: plan.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        bam=lambda wildcards: plan.entries[wildcards.sample].specification,
        words=plan.words,
        code=plan.code,
    message:
        "{wildcards.sample}, part {wildcards.group} of {wildcards.groups} ({threads} threads)"
    shell:
        "tiltyard alleles count --variants {input.variants:q} --fasta {input.fasta:q}"
        " --bam {params.bam:q} --part {output:q} --group {wildcards.group}/{wildcards.groups}"
        " --threads {threads} {params.words} > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


# The table. It is refused if a part is missing, is there twice, or is of anything else.
rule gather:
    input:
        sheet=plan.sheet,
        variants=plan.variants,
        fasta=plan.fasta,
        fai=plan.fai,
        parts=plan.parts,
    output:
        plan.output,
    log:
        f"{plan.folder}/logs/gather.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        folder=plan.folder,
        words=plan.words,
    message:
        "the table of {plan.size} samples"
    shell:
        "tiltyard alleles count --variants {input.variants:q} --fasta {input.fasta:q}"
        " --sheet {input.sheet:q} --gather {params.folder:q} --output {output:q}"
        " {params.words} > {log:q} 2>&1 && status=0 || status=$?; cat {log:q}; exit $status"

# Heritability of many traits in many spots: a job for each trait and range of spots, then one table
# a trait, and one P value for each annotation. docs/spatial.md says how to run it;
# config/pipelines/spatial.yaml is an example to copy.
import os
import sys

# Snakemake searches this folder and the one where it was started first: a file called json.py
# there would be taken for the standard library's.
searched_last = {"", os.getcwd(), str(workflow.basedir), str(workflow.workdir_init)}
sys.path.sort(key=lambda folder: folder in searched_last)

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from tiltyard.engine.machine.interpreter import spare_working_folder
from tiltyard.pipelines.spatial.workflow import read_plan

min_version("9.0")
spare_working_folder()

try:
    if not config:
        raise ValueError(
            "no configuration: --configfile config/pipelines/spatial.yaml, or a copy of it"
        )
    plan = read_plan(config)
except (ValueError, OSError) as error:
    raise WorkflowError(str(error)) from None


rule all:
    default_target: True
    input:
        plan.tables,
    message:
        "{plan.output}: all traits are there"


# A range of spots.
rule ldsc:
    input:
        scores=plan.header,
        sumstats=lambda wildcards: plan.traits[wildcards.trait],
    output:
        table=f"{plan.output}/{plan.project}_{{trait}}_cells_{{first}}_{{last}}.csv.gz",
        facts=f"{plan.output}/{plan.project}_{{trait}}_cells_{{first}}_{{last}}.json",
        snps=f"{plan.output}/{plan.project}_{{trait}}_cells_{{first}}_{{last}}.snps.json",
    log:
        f"{plan.output}/logs/{{trait}}_{{first}}_{{last}}.log",
    wildcard_constraints:
        trait=plan.pattern,
        first=r"\d+",
        last=r"\d+",
    conda:
        "../../environment.yml"
    threads: plan.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        scores=plan.scores,
        folder=plan.output,
        project=plan.project,
        words=plan.words,
    message:
        "{wildcards.trait}: spots {wildcards.first} to {wildcards.last} ({threads} threads)"
    shell:
        "tiltyard spatial ldsc --scores {params.scores:q} --trait {wildcards.trait}"
        " --sumstats {input.sumstats:q} --cells {wildcards.first}:{wildcards.last}"
        " --project {params.project} --output {params.folder:q} --threads {threads} {params.words}"
        " > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"


# One table of a trait. It is refused if spots are missing, are there twice, or were computed in
# another way.
rule merge:
    input:
        lambda wildcards: plan.parts(wildcards.trait),
    output:
        table=f"{plan.output}/{plan.project}_{{trait}}.csv.gz",
        facts=f"{plan.output}/{plan.project}_{{trait}}.json",
    log:
        f"{plan.output}/logs/{{trait}}_merge.log",
    wildcard_constraints:
        trait=plan.pattern,
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        folder=plan.output,
    message:
        "{wildcards.trait}: one table"
    shell:
        "tiltyard spatial merge {input:q} --output {params.folder:q} > {log:q} 2>&1"
        " || {{ cat {log:q}; exit 1; }}"


# One P value for each annotation.
rule combine:
    input:
        f"{plan.output}/{plan.project}_{{trait}}.csv.gz",
    output:
        table=f"{plan.output}/{plan.project}_{{trait}}.annotations.csv",
        samples=f"{plan.output}/{plan.project}_{{trait}}.annotations.samples.csv",
    log:
        f"{plan.output}/logs/{{trait}}_combine.log",
    wildcard_constraints:
        trait=plan.pattern,
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb * attempt,
        runtime=lambda wildcards, attempt: plan.minutes * attempt,
    params:
        scores=plan.scores,
        annotated=plan.annotated,
    message:
        "{wildcards.trait}: annotations"
    shell:
        "tiltyard spatial combine {input:q} --scores {params.scores:q} --output {output.table:q}"
        " {params.annotated} > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"

# Datasets, on which methods are evaluated: a file per configuration.
rule dataset:
    input:
        # Not the study's file: `params` has all of it that decides a dataset, and Snakemake forgets
        # that a job must run if all that it waits for is `ancient` and is made in the same run.
        force_damaged,
    output:
        plan.dataset_receipt("{batch}"),
    log:
        plan.log("dataset/{batch}"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configurations=lambda wildcards: plan.members(wildcards.batch),
        folder=plan.study.folder,
        identity=plan.identity,
        code=plan.dataset_code,
    message:
        "datasets of {plan.titles:{wildcards.batch}}"
    shell:
        "tiltyard dataset {params.configurations} --json {plan.config:q}"
        " --results {params.folder} --receipt {output} > {log} 2>&1"

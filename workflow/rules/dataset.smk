# Datasets, on which methods are evaluated: a file per configuration.
rule dataset:
    input:
        lambda wildcards: plan.force_damaged(workflow.dag),
        # Not `ancient`, though `params` has all of it that decides a dataset: Snakemake forgets that
        # a job must run if all that it waits for is ancient and is made in the same run.
        study=plan.results("study.json"),
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
        "tiltyard dataset {params.configurations} --config {input.study}"
        " --results {params.folder} --receipt {output} > {log} 2>&1"

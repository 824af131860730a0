# What methods are evaluated on: a file per configuration.
rule dataset:
    input:
        # Its content decides, not its age: what of it decides a dataset is a parameter.
        study=ancient(rules.prepare.output.study),
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

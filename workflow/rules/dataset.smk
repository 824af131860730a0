# Times, noisy samples, exact derivatives: a file per configuration, milliseconds each.
rule dataset:
    output:
        plan.dataset_receipt("{batch}"),
    log:
        plan.log("dataset/{batch}"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configurations=lambda wildcards: plan.members(wildcards.batch),
        study=plan.study.name,
        seed=plan.study.seed,
        folder=plan.paths.folder,
        code=plan.dataset_code,
    message:
        "datasets of {plan.titles:{wildcards.batch}}"
    shell:
        "tiltyard dataset {params.configurations} --study {params.study}"
        " --seed {params.seed} --results {params.folder} --receipt {output} > {log} 2>&1"

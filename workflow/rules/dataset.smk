# One dataset per configuration: times, noisy samples, exact derivatives.
rule dataset:
    output:
        plan.dataset,
    log:
        plan.log("dataset/{configuration}"),
    conda:
        "../../environment.yml"
    params:
        study=plan.study.name,
        seed=plan.study.seed,
    message:
        "{wildcards.configuration}"
    shell:
        "tiltyard dataset {wildcards.configuration} --study {params.study}"
        " --seed {params.seed} --output {output} > {log} 2>&1"

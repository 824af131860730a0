# Evaluations of every method on each configuration of a batch: a file per configuration.
rule evaluate:
    input:
        # `ancient`: its age does not matter, as `params` has all of it that decides a row. By its
        # path, as the mark would else be on `rules.prepare.output` itself, for all rules.
        study=ancient(plan.results("study.json")),
        datasets=lambda wildcards: plan.datasets_for(wildcards.batch),
        catalogue=rules.prepare.output.catalogue,
    output:
        plan.evaluation_receipt("{batch}"),
    log:
        plan.log("evaluate/{batch}"),
    benchmark:
        plan.benchmark("evaluate/{batch}")
    # The first batches are the largest: they start first, so that all cores end together.
    priority: lambda wildcards: plan.priority(wildcards.batch)
    conda:
        "../../environment.yml"
    threads: plan.parallel.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb(attempt),
        runtime=lambda wildcards, attempt: plan.minutes(wildcards.batch, attempt),
        slurm_extra=plan.slurm_extra,
    params:
        configurations=lambda wildcards: plan.members(wildcards.batch),
        folder=plan.study.folder,
        identity=plan.identity,
        options=plan.options,
        scoring=plan.scoring,
    message:
        "{plan.titles:{wildcards.batch}} ({threads} threads)"
    shell:
        "tiltyard evaluate {params.configurations} --config {input.study}"
        " --results {params.folder} --receipt {output} --threads {threads} > {log} 2>&1"

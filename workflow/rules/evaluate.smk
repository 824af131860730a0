# Every estimator, both languages, on each configuration of a batch: a file per configuration.
rule evaluate:
    input:
        datasets=lambda wildcards: plan.datasets_for(wildcards.batch),
        catalogue=rules.catalogue.output,
    output:
        plan.evaluation_receipt("{batch}"),
    log:
        plan.log("evaluate/{batch}"),
    benchmark:
        plan.benchmark("evaluate/{batch}")
    # The batches that come first are the largest.
    priority: lambda wildcards: plan.priority(wildcards.batch)
    conda:
        "../../environment.yml"
    threads: plan.parallel.threads
    resources:
        mem_mb=lambda wildcards, attempt: plan.memory_mb(attempt),
        runtime=lambda wildcards, attempt: plan.minutes(wildcards.batch, attempt),
    params:
        configurations=lambda wildcards: plan.members(wildcards.batch),
        study=plan.study.name,
        seed=plan.study.seed,
        folder=plan.paths.folder,
        orders=plan.orders,
        time_limit=plan.study.limits.seconds,
        scoring=plan.scoring,
        memory_limit=plan.study.limits.memory_mb,
    message:
        "{plan.titles:{wildcards.batch}} ({threads} threads)"
    shell:
        "tiltyard evaluate {params.configurations} --study {params.study} --seed {params.seed}"
        " --catalogue {input.catalogue} --results {params.folder} --receipt {output}"
        " --orders {params.orders} --threads {threads} --time-limit {params.time_limit}"
        " --memory-limit {params.memory_limit} > {log} 2>&1"

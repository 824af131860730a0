# One job per configuration: every estimator, both languages.
rule evaluate:
    input:
        dataset=plan.dataset,
        catalogue=rules.catalogue.output,
    output:
        plan.evaluation,
    log:
        plan.log("evaluate/{configuration}"),
    benchmark:
        plan.benchmark("evaluate/{configuration}")
    conda:
        "../../environment.yml"
    threads: plan.threads
    resources:
        mem_mb=plan.memory_mb,
    params:
        study=plan.study.name,
        seed=plan.study.seed,
        orders=plan.orders,
        time_limit=plan.study.limits.seconds,
        memory_limit=plan.study.limits.memory_mb,
        store=plan.results("store"),
    message:
        "{wildcards.configuration} ({threads} threads)"
    shell:
        "tiltyard evaluate {input.dataset} --study {params.study} --seed {params.seed}"
        " --catalogue {input.catalogue} --output {output} --store {params.store}"
        " --orders {params.orders} --threads {threads} --time-limit {params.time_limit}"
        " --memory-limit {params.memory_limit} > {log} 2>&1"

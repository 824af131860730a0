# The checked configuration, and the methods that take part with their versions. An edited, new or
# removed method changes `sources`: every evaluation is then checked again, and outcomes that did
# not change come from the store.
rule prepare:
    input:
        lambda wildcards: plan.force_damaged(workflow.dag),
    output:
        study=plan.results("study.json"),
        catalogue=plan.results("catalogue.json"),
        receipt=plan.receipt("prepare"),
    log:
        plan.log("prepare"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        config=plan.config,
        folder=plan.study.folder,
        sources=plan.sources,
        runtimes=plan.runtimes,
    message:
        "checking the configuration, and listing the methods"
    shell:
        "tiltyard prepare --json {params.config:q} --results {params.folder} > {log} 2>&1"

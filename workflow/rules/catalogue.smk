# The checked configuration, and the estimators that take part with their versions. An edited,
# new or removed estimator changes `sources`: every evaluation is then looked at again, and the
# store makes those that did not change cheap.
rule study:
    output:
        plan.results("study.json"),
    log:
        plan.log("study"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        config=plan.study.to_json(),
    message:
        "checking the configuration"
    shell:
        "tiltyard validate --json {params.config:q} --output {output} > {log} 2>&1"


rule catalogue:
    input:
        study=rules.study.output,
    output:
        plan.results("catalogue.json"),
    log:
        plan.log("catalogue"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        sources=plan.sources,
        julia=plan.julia_version,
        journal=plan.paths.journal,
    message:
        "listing the estimators"
    shell:
        "tiltyard catalogue --config {input.study} --output {output} --journal {params.journal}"
        " > {log} 2>&1"

# Static figures of the merged results.
rule figures:
    input:
        study=rules.study.output,
        results=rules.merge.output,
    output:
        report(
            plan.results("figures/error_by_order.svg"),
            caption="../report/error_by_order.rst",
            category="Figures",
        ),
        plan.results("figures/error_by_order.png"),
    log:
        plan.log("figures"),
    conda:
        "../../environment.yml"
    params:
        folder=plan.paths.folder,
    message:
        "drawing the figures"
    shell:
        "tiltyard figure --config {input.study} --results {params.folder} > {log} 2>&1"

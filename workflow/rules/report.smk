# Static figures of the merged results; docs/figures.md says how to read each.
rule figures:
    input:
        study=rules.prepare.output.study,
        results=rules.merge.output,
        statistics=rules.statistics.output,
    output:
        [
            report(path, caption=str(figure.caption), category="Figures")
            for figure in plan.figures
            for path in plan.files_of(figure)
        ],
        report(
            plan.results("figures/timeline.svg"),
            caption="../report/timeline.rst",
            category="Figures",
        ),
        [path for figure in plan.figures for path in plan.files_of(figure, "png")],
        plan.results("figures/timeline.png"),
        plan.receipt("figures"),
    log:
        plan.log("figures"),
    localrule: True
    conda:
        "../../environment.yml"
    threads: 2
    params:
        folder=plan.study.folder,
    message:
        "drawing the figures"
    shell:
        "tiltyard figure --config {input.study} --results {params.folder}"
        " --threads {threads} > {log} 2>&1"


# Tables and figures of the evaluations so far, for a look at a study that was stopped:
# `snakemake partial`. It evaluates nothing, and no other rule reads what it writes.
rule partial:
    input:
        study=rules.prepare.output.study,
    log:
        plan.log("partial"),
    conda:
        "../../environment.yml"
    params:
        folder=plan.study.folder,
    message:
        "merging and drawing the evaluations so far"
    shell:
        "tiltyard partial --config {input.study} --results {params.folder}"
        " > {log} 2>&1 && status=0 || status=$?; cat {log}; exit $status"

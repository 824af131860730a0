# Static figures of the merged results; docs/figures.md says how to read each.
rule figures:
    input:
        study=rules.study.output,
        results=rules.merge.output,
        statistics=rules.statistics.output,
    output:
        report(
            plan.figures("heatmap"),
            caption="../report/heatmap.rst",
            category="Figures",
        ),
        report(
            plan.figures("error_by_noise"),
            caption="../report/error_by_noise.rst",
            category="Figures",
        ),
        report(
            plan.figures("error_by_order"),
            caption="../report/error_by_order.rst",
            category="Figures",
        ),
        report(
            plan.figures("reach"),
            caption="../report/reach_map.rst",
            category="Figures",
        ),
        report(
            plan.figures("differences"),
            caption="../report/differences_diagram.rst",
            category="Figures",
        ),
        report(
            plan.figures("pareto"),
            caption="../report/pareto.rst",
            category="Figures",
        ),
        report(
            plan.figures("gallery"),
            caption="../report/gallery.rst",
            category="Figures",
        ),
        report(
            plan.results("figures/timeline.svg"),
            caption="../report/timeline.rst",
            category="Figures",
        ),
        plan.figures(ending="png"),
        plan.results("figures/timeline.png"),
    log:
        plan.log("figures"),
    localrule: True
    conda:
        "../../environment.yml"
    threads: 2
    params:
        folder=plan.paths.folder,
    message:
        "drawing the figures"
    shell:
        "tiltyard figure --config {input.study} --results {params.folder}"
        " --threads {threads} > {log} 2>&1"


# Tables and figures of what has been evaluated so far, for a look at a study that was stopped:
# `snakemake partial`. It evaluates nothing, and what it writes is no other rule's input.
rule partial:
    input:
        study=rules.study.output,
    log:
        plan.log("partial"),
    conda:
        "../../environment.yml"
    params:
        folder=plan.paths.folder,
    message:
        "merging and drawing what is there"
    shell:
        "tiltyard partial --config {input.study} --results {params.folder}"
        " > {log} 2>&1; status=$?; cat {log}; exit $status"

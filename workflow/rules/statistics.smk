# What follows from the summary of the whole study, quality alarms included.
rule statistics:
    input:
        study=rules.study.output,
        catalogue=rules.catalogue.output,
        datasets=plan.dataset_receipts,
        summary=plan.results("summary.csv"),
    output:
        report(
            plan.results("robustness.csv"),
            caption="../report/robustness.rst",
            category="Tables",
        ),
        report(
            plan.results("differences.json"),
            caption="../report/differences.rst",
            category="Tables",
        ),
        report(
            plan.results("reach.csv"),
            caption="../report/reach.rst",
            category="Tables",
        ),
        report(
            plan.results("cost.csv"),
            caption="../report/cost.rst",
            category="Tables",
        ),
        report(
            plan.results("alarms.csv"),
            caption="../report/alarms.rst",
            category="Tables",
        ),
    log:
        plan.log("statistics"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder=plan.paths.folder,
    message:
        "statistics over all cells, and quality alarms"
    shell:
        "tiltyard statistics --config {input.study} --results {params.folder} > {log} 2>&1;"
        " status=$?; cat {log}; exit $status"

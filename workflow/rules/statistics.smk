# Tables that are computed from the summary of the whole study, quality alarms included.
rule statistics:
    input:
        study=rules.prepare.output.study,
        catalogue=rules.prepare.output.catalogue,
        datasets=plan.dataset_receipts,
        summary=plan.results("summary.csv"),
    output:
        tables=[
            report(path, caption=plan.caption(path), category="Tables")
            for path in plan.statistics
        ],
        receipt=plan.receipt("statistics"),
    log:
        plan.log("statistics"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder=plan.study.folder,
    message:
        "statistics over all cells, and quality alarms"
    shell:
        "tiltyard statistics --config {input.study} --results {params.folder} > {log} 2>&1"
        " && status=0 || status=$?; cat {log}; exit $status"

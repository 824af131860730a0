# The interactive page: one file with the results, which needs no network.
rule page:
    input:
        study=rules.prepare.output.study,
        catalogue=rules.prepare.output.catalogue,
        datasets=plan.dataset_receipts,
        results=rules.merge.output,
        statistics=rules.statistics.output,
        manifest=rules.manifest.output,
    output:
        report(
            plan.results("report.html"),
            caption=plan.caption("page"),
            category="Page",
        ),
        plan.receipt("page"),
    log:
        plan.log("page"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder=plan.study.folder,
    message:
        "writing the page"
    shell:
        "tiltyard page --config {input.study} --results {params.folder} > {log} 2>&1"
        " && status=0 || status=$?; cat {log}; exit $status"

# The interactive page: one file that holds the results and opens without a network.
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
            caption="../report/page.rst",
            category="Page",
        ),
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
        "tiltyard page --config {input.study} --results {params.folder} > {log} 2>&1;"
        " status=$?; cat {log}; exit $status"

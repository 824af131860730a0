# One table of all evaluations, with its summary, ranks and failures. Called by hand,
# `tiltyard merge` merges the evaluations that there are.
rule merge:
    input:
        study=rules.prepare.output.study,
        evaluations=plan.evaluation_receipts,
    output:
        tables=[
            plan.results("results.parquet"),
            plan.results("results.csv"),
            report(
                plan.results("summary.csv"),
                caption=plan.caption("summary.csv"),
                category="Tables",
            ),
            report(
                plan.results("ranks.csv"),
                caption=plan.caption("ranks.csv"),
                category="Tables",
            ),
            report(
                plan.results("failures.csv"),
                caption=plan.caption("failures.csv"),
                category="Tables",
            ),
        ],
        receipt=plan.receipt("merge"),
    log:
        plan.log("merge"),
    conda:
        "../../environment.yml"
    # Processes that read and summarise; six or more would wait for the one that writes.
    threads: 2
    params:
        folder=plan.study.folder,
    message:
        "merging {plan.size} configurations"
    shell:
        "tiltyard merge --config {input.study} --results {params.folder} --complete"
        " --threads {threads} > {log} 2>&1 && status=0 || status=$?; cat {log}; exit $status"

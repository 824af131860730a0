# One table of everything, and its summary, ranks and failures. By hand, `tiltyard merge` works
# on whatever is there.
rule merge:
    input:
        study=rules.prepare.output.study,
        evaluations=plan.evaluation_receipts,
    output:
        plan.results("results.parquet"),
        plan.results("results.csv"),
        report(
            plan.results("summary.csv"),
            caption="../report/summary.rst",
            category="Tables",
        ),
        report(
            plan.results("ranks.csv"),
            caption="../report/ranks.rst",
            category="Tables",
        ),
        report(
            plan.results("failures.csv"),
            caption="../report/failures.rst",
            category="Tables",
        ),
    log:
        plan.log("merge"),
    conda:
        "../../environment.yml"
    # Processes that read and summarise; beside six, writing would be what all wait for.
    threads: 2
    params:
        folder=plan.study.folder,
    message:
        "merging {plan.size} configurations"
    shell:
        "tiltyard merge --config {input.study} --results {params.folder} --complete"
        " --threads {threads} > {log} 2>&1; status=$?; cat {log}; exit $status"

# The manifest: digests of all files of the results, and their origin, for `tiltyard verify`.
rule manifest:
    input:
        study=rules.prepare.output.study,
        catalogue=rules.prepare.output.catalogue,
        datasets=plan.dataset_receipts,
        evaluations=plan.evaluation_receipts,
        tables=[rules.merge.output.tables, rules.statistics.output.tables],
    output:
        plan.results("manifest.json"),
        plan.receipt("manifest"),
    log:
        plan.log("manifest"),
    conda:
        "../../environment.yml"
    # Digests of two files are computed at once.
    threads: 2
    params:
        folder=plan.study.folder,
    message:
        "writing the manifest"
    shell:
        "tiltyard manifest {input.tables} --config {input.study} --results {params.folder}"
        " --threads {threads} > {log} 2>&1"


# One archive of the results, to be shared or deposited: `snakemake bundle`.
rule bundle:
    input:
        study=rules.prepare.output.study,
        everything=plan.everything,
    output:
        archive=plan.results("bundle.zip"),
        receipt=plan.receipt("bundle"),
    log:
        plan.log("bundle"),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder=plan.study.folder,
    message:
        "packing the results"
    shell:
        "tiltyard bundle --config {input.study} --results {params.folder} --output {output.archive}"
        " > {log} 2>&1 && status=0 || status=$?; cat {log}; exit $status"

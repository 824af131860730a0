# What the results are, byte for byte, and where they come from; `tiltyard verify` checks it.
rule manifest:
    input:
        study=rules.prepare.output.study,
        catalogue=rules.prepare.output.catalogue,
        datasets=plan.dataset_receipts,
        evaluations=plan.evaluation_receipts,
        tables=[rules.merge.output, rules.statistics.output],
    output:
        plan.results("manifest.json"),
    log:
        plan.log("manifest"),
    conda:
        "../../environment.yml"
    # Digests of the files, several at once.
    threads: 2
    params:
        folder=plan.study.folder,
        journal=plan.study.journal,
    message:
        "writing the manifest"
    shell:
        "tiltyard manifest {input.tables} --config {input.study} --results {params.folder}"
        " --threads {threads} --journal {params.journal} > {log} 2>&1"


# One archive for a colleague or a repository: `snakemake bundle`.
rule bundle:
    input:
        study=rules.prepare.output.study,
        everything=rules.all.input,
    output:
        plan.results("bundle.zip"),
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
        "tiltyard bundle --config {input.study} --results {params.folder} --output {output}"
        " > {log} 2>&1; status=$?; cat {log}; exit $status"

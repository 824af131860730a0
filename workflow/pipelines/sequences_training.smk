# The classifier that comes with `tiltyard sequences`, trained anew from genomes.
#   snakemake -s workflow/pipelines/sequences_training.smk --cores 1 \
#     --config folder=FOLDER table=config/pipelines/sequences_genomes.tsv output=trained
# FOLDER has the packages of the table, unpacked; docs/sequences.md says how they are fetched.
from snakemake.exceptions import WorkflowError

for key in ("folder", "table", "output"):
    if not config.get(key):
        raise WorkflowError(
            f"no {key}: --config folder=FOLDER table=TABLE output=FOLDER"
        )


rule all:
    default_target: True
    input:
        f"{config['output']}/coefficients.tsv",


rule train:
    input:
        config["table"],
    output:
        f"{config['output']}/coefficients.tsv",
        f"{config['output']}/about.json",
    log:
        f"{config['output']}/train.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        folder=config["folder"],
        output=lambda wildcards: config["output"],
    message:
        "{params.output}: trained on the genomes of {input}"
    shell:
        "tiltyard sequences train {input:q} --folder {params.folder:q} --output {params.output:q}"
        " > {log:q} 2>&1 || {{ cat {log:q}; exit 1; }}"

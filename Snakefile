# Tiltyard: which estimator recovers derivatives from noisy samples? See README.md.
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from tiltyard.derivatives.workflow import plan_workflow

min_version("9.0")

# A configuration file on the command line replaces the default one: it does not extend it.
if not workflow.overwrite_configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


try:
    plan = plan_workflow(config, cores=workflow.resource_settings.cores)
except (ValueError, RuntimeError) as error:
    raise WorkflowError(str(error)) from None


def readable_dataset(wildcards):
    """Path of the dataset. What cannot be read of this configuration is discarded first."""
    if workflow.is_main_process and workflow.executor_plugin is not None:
        plan.discard_unreadable(wildcards.configuration, dry_run=workflow.dryrun)
    return plan.paths.dataset(wildcards.configuration)


wildcard_constraints:
    configuration=plan.pattern,


rule all:
    default_target: True
    input:
        plan.results("results.parquet"),
        plan.results("figures/error_by_order.svg"),


include: "workflow/rules/catalogue.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/merge.smk"
include: "workflow/rules/report.smk"

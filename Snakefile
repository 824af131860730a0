# Tiltyard: studies that measure methods against each other. See README.md.
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import min_version

from tiltyard.engine.plan.snakemake import refuse_cores_and_jobs, room_for
from tiltyard.workflow import plan_workflow

min_version("9.0")

# A configuration file on the command line replaces the default one; Snakemake would merge them.
if not workflow.overwrite_configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


thorough = config.pop("check", False)  # no key of the study
try:
    in_job = not workflow.is_main_process
    room = room_for(workflow.resource_settings, in_job)
    plan = plan_workflow(config, room, in_job=in_job, thorough=thorough)
except (ValueError, RuntimeError, OSError) as error:
    raise WorkflowError(str(error)) from None

if not in_job:
    logger.info(plan.announcement)
    # Jobs that wrote what is damaged now have to run again, though Snakemake sees nothing new.
    # Whether anything runs, it decides itself: so far nothing has been written.
    for broken in plan.broken:
        for name, reason in broken.damage:
            logger.warning(
                f"damaged: {plan.results(name)}: {reason}; the study's next run builds it again"
            )
    settings = workflow.dag_settings
    if settings is not None and set(settings.targets) != {"partial"}:
        settings.forcerun = {*settings.forcerun, *plan.forced}


if room.memory_mb is not None:
    workflow.global_resources["mem_mb"] = int(room.memory_mb)


wildcard_constraints:
    batch=plan.pattern,


rule all:
    default_target: True
    input:
        plan.everything,
    # Without a message Snakemake prints every input twice.
    message:
        "study {plan.study.name}: all files of {plan.size} configurations are there"


include: "workflow/rules/prepare.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/merge.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/provenance.smk"
include: "workflow/rules/page.smk"


onstart:
    if not in_job:
        try:
            refuse_cores_and_jobs(workflow.resource_settings)
            plan.begin()
        except (ValueError, OSError) as error:
            raise WorkflowError(str(error)) from None


onsuccess:
    logger.info(plan.account(room.cores))


onerror:
    logger.info(plan.account(room.cores))
    logger.error(plan.trouble)

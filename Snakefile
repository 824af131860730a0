# Tiltyard: studies that measure methods against each other. See README.md.
import os
import sys
from pathlib import Path

# Snakemake searches this folder first, and `python -m snakemake` the one where it was started: a
# file called json.py there would be taken for the standard library's.
searched_last = {"", os.getcwd(), str(workflow.basedir), str(workflow.workdir_init)}
sys.path.sort(key=lambda folder: folder in searched_last)

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import min_version

from tiltyard.engine.machine.interpreter import (
    refuse_optimisation,
    spare_working_folder,
)
from tiltyard.engine.plan.snakemake import (
    configuration_of,
    refuse_cores_and_jobs,
    room_for,
)
from tiltyard.workflow import plan_workflow

min_version("9.0")

# A configuration file on the command line replaces the default one; Snakemake would merge them.
# There is no `configfile:` here: Snakemake's parser would stumble over faults that ours names.
if not (
    workflow.overwrite_configfiles or workflow.config_settings.replace_workflow_config
):
    workflow.configfiles.append(Path(workflow.basedir) / "config" / "config.yaml")

spare_working_folder()

try:
    refuse_optimisation()
    in_job = not workflow.is_main_process
    room = room_for(workflow.resource_settings, in_job)
    configuration, thorough = configuration_of(
        workflow.configfiles, workflow.config_settings.config_args or ()
    )
    plan = plan_workflow(configuration, room, in_job=in_job, thorough=thorough)
except (ValueError, RuntimeError, OSError) as error:
    raise WorkflowError(str(error)) from None

if not in_job:
    logger.info(plan.announcement)
    if plan.hindrance:  # Snakemake itself would only speak of protected files
        logger.warning(plan.hindrance)
    for sentence in plan.damage:
        logger.warning(sentence)

# On one machine jobs share what there is; Snakemake itself knows of no quota and no memory.
if room.memory_mb is not None:
    workflow.global_resources["mem_mb"] = int(room.memory_mb)
    workflow.global_resources["_cores"] = room.cores


wildcard_constraints:
    batch=plan.pattern,


rule all:
    default_target: True
    input:
        plan.everything if in_job else plan.wanted,
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
    if not in_job and not workflow.touch:
        try:
            refuse_cores_and_jobs(workflow.resource_settings)
            plan.begin({job.rule.name for job in workflow.dag.needrun_jobs()})
        except (ValueError, OSError) as error:
            raise WorkflowError(str(error)) from None


onsuccess:
    if not workflow.touch:
        logger.info(plan.account(room.cores))


onerror:
    logger.info(plan.account(room.cores))
    logger.error(plan.trouble)

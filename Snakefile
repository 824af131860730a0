# Tiltyard: studies that measure methods against each other. See README.md.
import os
import sys

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
from tiltyard.engine.plan.snakemake import is_dry_run, is_touching, room_for
from tiltyard.workflow import plan_workflow

min_version("9.0")

# A configuration file on the command line replaces the default one; Snakemake would merge them.
if not workflow.overwrite_configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


spare_working_folder()

try:
    refuse_optimisation()
    in_job = not workflow.is_main_process
    # Snakemake knows only after parsing whether it is a dry run, so the command line is read.
    dry_run = is_dry_run(sys.argv)
    pretended = dry_run or is_touching(sys.argv)
    room = room_for(workflow.resource_settings, in_job, pretended)
    plan = plan_workflow(config, room, in_job=in_job)
    if not in_job:
        # Snakemake decides by the existence and age of files: unreadable ones have to be renamed
        # before it looks.
        plan.prepare(dry_run=dry_run)
        logger.info(plan.announcement)
except (ValueError, RuntimeError, OSError) as error:
    raise WorkflowError(str(error)) from None


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


onsuccess:
    logger.info(plan.account(room.cores))


onerror:
    logger.info(plan.account(room.cores))
    logger.error(plan.trouble)

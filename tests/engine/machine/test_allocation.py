"""What a batch system allotted is read from what it sets, for this node of a job of many."""

import platform

import pytest

from tiltyard.engine.machine.allocation import allotted_cores, allotted_memory

HERE = platform.node().partition(".")[0]


@pytest.mark.parametrize(
    ("environment", "cores"),
    [
        ({}, None),
        ({"SLURM_CPUS_PER_TASK": "4"}, 4),
        ({"SLURM_CPUS_PER_TASK": "4", "SLURM_JOB_CPUS_PER_NODE": "16(x2)"}, 4),
        ({"SLURM_CPUS_PER_TASK": "4", "SLURM_NTASKS": "3", "SLURM_CPUS_ON_NODE": "12"}, 12),
        ({"SLURM_JOB_CPUS_PER_NODE": "16(x2),8", "SLURM_NODEID": "1"}, 16),
        ({"SLURM_JOB_CPUS_PER_NODE": "16(x2),8", "SLURM_NODEID": "2"}, 8),
        ({"SLURM_JOB_CPUS_PER_NODE": "16(x2),8"}, 8),
        ({"SLURM_CPUS_PER_TASK": "2", "SLURM_TASKS_PER_NODE": "4(x2)"}, 8),
        ({"PBS_NCPUS": "6"}, 6),
        ({"PBS_JOBID": "1.host", "NCPUS": "6"}, 6),
        ({"NCPUS": "6"}, None),  # anybody may set it
        ({"PBS_NUM_PPN": "8", "PBS_NP": "16"}, 8),
        ({"NSLOTS": "5"}, 5),
        ({"LSB_DJOB_NUMPROC": "12", "LSB_MCPU_HOSTS": f"{HERE} 8 elsewhere 4"}, 8),
        ({"LSB_MAX_NUM_PROCESSORS": "3"}, 3),
        ({"NSLOTS": "many"}, None),
        ({"SLURM_CPUS_PER_TASK": "0", "SLURM_JOB_CPUS_PER_NODE": ""}, None),
    ],
)
def test_cores_of_a_batch_system(environment, cores):
    found = allotted_cores(environment)
    assert min((one.amount for one in found), default=None) == cores
    assert all(any(name in one.source for name in environment) for one in found)


def test_slots_of_a_job_on_several_hosts_are_those_of_this_one(tmp_path):
    file = tmp_path / "hosts"
    file.write_text(f"{HERE}.domain 3 all.q@{HERE} UNDEFINED\nother 9 all.q@other UNDEFINED\n")
    environment = {"NSLOTS": "12", "PE_HOSTFILE": str(file)}
    assert sorted(one.amount for one in allotted_cores(environment)) == [3, 12]


@pytest.mark.parametrize(
    ("environment", "megabytes"),
    [
        ({}, None),
        ({"SLURM_MEM_PER_NODE": "1500"}, 1500 * 1.048576),
        ({"SLURM_MEM_PER_NODE": "0"}, None),  # all of the node's
        ({"SLURM_MEM_PER_CPU": "1000", "SLURM_CPUS_PER_TASK": "4"}, 4000 * 1.048576),
        ({"SLURM_MEM_PER_CPU": "1000"}, 1000 * 1.048576),
        ({"PBS_RESC_MEM": "2147483648"}, 2048 * 1.048576),
        ({"PBS_RESC_MEM": "2gb"}, 2048 * 1.048576),
        ({"SLURM_MEM_PER_NODE": "much"}, None),
    ],
)
def test_memory_of_a_batch_system(environment, megabytes):
    found = [one.amount for one in allotted_memory(environment)]
    assert found == ([] if megabytes is None else [pytest.approx(megabytes)])

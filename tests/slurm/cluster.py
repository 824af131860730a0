"""A real Slurm on this machine: a controller and two nodes, in a folder and on ports of its own.

Needs Slurm's and Munge's programs, and nothing else: no root, systemd, cgroups or accounting.
The daemons stay in the foreground, as children of the process that started them: they end with
it, whatever ends it.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
from workplace import ROOT, processes_with

PROGRAMS = "munged slurmctld slurmd sbatch srun squeue sinfo scontrol scancel".split()
#: Daemons lie where a user's PATH often does not lead.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
#: Variable by which a node's processes are known.
MARK = "TILTYARD_TEST_NODE"
#: Jobs of the tests start within a second or so; a slow machine may take its time.
PATIENCE = 120.0

#: The profile as it is shipped, and what makes its questions to Slurm frequent.
ON_SLURM = (
    *("--workflow-profile", str(ROOT / "workflow" / "profiles" / "slurm")),
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "2"),
)

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits until its credential has expired: two minutes unless said otherwise.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
# What was asked for, and how it ended, of every job.
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
# Nodes may claim more than there is: the tests ask for much memory and use little.
SlurmdParameters=config_overrides
MinJobAge=86400
ReturnToService=2
SlurmdTimeout=300
KillWait=2
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports} CPUs={cpus} RealMemory=64000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """Starts when it is made; `stop` ends everything that it started, jobs included.

    Parameters
    ----------
    folder : path
        For configuration, state and logs; a short path, because Munge's socket lies in it.
    nodes, cpus : int
        Number of nodes, and what each is said to have.
    """

    def __init__(self, folder: Path, nodes: int = 2, cpus: int = 2) -> None:
        self.folder = folder
        control, *ports = _free_ports(1 + nodes)
        # A node's name is its port, so that no two clusters of a machine share one.
        self.nodes = {f"n{port}": port for port in ports}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("munge", "state", "bin"):
            (folder / name).mkdir(mode=0o700)
        listed = f"[{','.join(map(str, ports))}]"
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname().split(".")[0],
                user=psutil.Process().username(),
                folder=folder,
                port=control,
                nodes=f"n{listed}",
                ports=listed,
                cpus=cpus,
            )
        )
        self._write_srun()
        try:
            self._start_munge()
            self._start("slurmctld", ["slurmctld", "-D", "-i"])
            for node in self.nodes:
                self.start_node(node)
            self.wait_for(lambda: self.states() == dict.fromkeys(self.nodes, "idle"), "idle nodes")
        except BaseException:
            self.stop()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """What a process must find in its environment to submit jobs here."""
        return {"SLURM_CONF": str(self.configuration), "PATH": f"{self.folder / 'bin'}:{PATH}"}

    def run(self, *command: str) -> str:
        """What one of Slurm's commands says; it must succeed."""
        done = self._try(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}{self.logs()}"
        return done.stdout

    def _try(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def states(self) -> dict[str, str]:
        """State of each node, as ``idle``."""
        lines = self.run("sinfo", "--noheader", "--Node", "--format=%N %T").splitlines()
        return dict(line.split() for line in lines)

    def jobs(self, comment: str = "") -> list[dict[str, str]]:
        """Every job so far with `comment` in its comment (the plugin writes the rule's name)."""
        records = self.run("scontrol", "show", "jobs", "--oneliner").splitlines()
        jobs = [
            dict(field.split("=", 1) for field in record.split() if "=" in field)
            for record in records
        ]
        return [job for job in jobs if comment in job.get("Comment", "")]

    def start_node(self, node: str) -> None:
        """Start the slurmd of `node`."""
        self._start(node, ["slurmd", "-D", "-N", node])

    def recover_node(self, node: str) -> None:
        """Start `node` after it was declared down, and wait until it is in service again."""

        def in_service() -> bool:
            if not self.states()[node].startswith("down"):
                return True
            # A slurmd that has just registered may have been faster, and the request be refused.
            self._try("scontrol", "update", f"nodename={node}", "state=resume")
            return False

        self.start_node(node)
        self.wait_for(in_service, f"{node} in service")

    def kill_daemon(self, node: str) -> None:
        """SIGKILL the slurmd of `node`; its jobs go on."""
        daemon = self._daemons.pop(node)
        daemon.kill()
        daemon.wait()

    def kill_node(self, node: str) -> None:
        """SIGKILL everything on `node`, as a power cut does."""
        if node in self._daemons:
            self.kill_daemon(node)
        quiet = 0
        while quiet < 2:  # a process that is just being started has no environment for a moment
            found = _processes_of(node)
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            quiet = 0 if found else quiet + 1
            time.sleep(0.05)

    def wait_for(self, met, what: str):
        """Wait until `met()` is true, and return what it returned."""
        deadline = time.monotonic() + PATIENCE
        while not (value := met()):
            assert time.monotonic() < deadline, f"no {what} in {PATIENCE:g} s\n{self.logs()}"
            time.sleep(0.1)
        return value

    def logs(self) -> str:
        """What the daemons wrote."""
        return "\n".join(f"== {file.name}\n{file.read_text()}" for file in self._log_files())

    def _log_files(self) -> list[Path]:
        return sorted(self.folder.glob("*.log"))

    def stop(self) -> None:
        """End the nodes with their jobs, then the controller and Munge."""
        for node in self.nodes:
            self.kill_node(node)
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
        for daemon in self._daemons.values():
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._daemons.clear()

    def _start_munge(self) -> None:
        folder = self.folder / "munge"
        key = folder / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        files = {"key-file": key, "socket": folder / "socket", "pid-file": folder / "pid"}
        files |= {"seed-file": folder / "seed", "log-file": self.folder / "munged.log"}
        options = [f"--{name}={file}" for name, file in files.items()]
        # --force: the folders above may be writable by others, as /tmp is.
        self._start("munged", ["munged", "--foreground", "--force", "--num-threads=2", *options])
        self.wait_for((folder / "socket").exists, "socket of Munge")

    def _start(self, name: str, command: list[str]) -> None:
        program = shutil.which(command[0], path=PATH)
        assert program is not None, f"{command[0]} is not installed"
        self._daemons[name] = subprocess.Popen(
            [program, *command[1:]],
            env={**os.environ, **self.environment, MARK: name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the daemons
            preexec_fn=_end_with_parent,
        )

    def _write_srun(self) -> None:
        """An srun that knows the cluster: the plugin's jobs forget SLURM_CONF before they call it.

        A cluster whose configuration lies where Slurm looks for it needs none.
        """
        srun = self.folder / "bin" / "srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.configuration} exec {shutil.which("srun")} "$@"\n'
        )
        srun.chmod(0o700)


def _end_with_parent() -> None:
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _processes_of(node: str) -> list[int]:
    """Jobs of `node`, and what Slurm started to look after them."""
    return processes_with(*(f"{name}={node}" for name in (MARK, "SLURMD_NODENAME")))

"""Strategies whose CPU, memory and processes are known, for workers that start processes."""

import mmap
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tiltyard.engine.outcome import Outcome, Status

MB = 2**20
PYTHON = [sys.executable, "-I", "-S", "-c"]
BURN = "import time\nwhile time.process_time() < {seconds}: pass"


def burn(seconds):
    """Use the processor for `seconds` of this process's CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def burner(seconds):
    """Command that ends when it has used `seconds` of CPU time, its own start included."""
    return [*PYTHON, BURN.format(seconds=seconds)]


def holder(megabytes, seconds):
    """Command that has so much memory for so long."""
    return [*PYTHON, f"import time; x = b'1' * {megabytes * MB}; time.sleep({seconds})"]


def timed(call, conclude=lambda result: result):
    return call, conclude


def itself(seconds):
    return timed(lambda: burn(seconds))


def child(seconds):
    return timed(lambda: subprocess.run(burner(seconds), check=True).returncode)


def four_that_end_early(seconds):
    def call():
        for _ in range(4):
            subprocess.run(burner(seconds), check=True)
        time.sleep(0.2)

    return timed(call)


def orphan(seconds):
    """Its child's child leaves session and parent, and has ended before the call does."""

    def call():
        reader, writer = os.pipe()
        start = (
            "import subprocess; "
            f"subprocess.Popen({burner(seconds)}, start_new_session=True, pass_fds=[{writer}])"
        )
        subprocess.run([*PYTHON, start], check=True, pass_fds=(writer,))
        os.close(writer)
        os.read(reader, 1)  # returns when no process has the other end any more

    return timed(call)


def unreaped_fork(seconds):
    """Nobody waits for its child, which is a copy of this very process."""

    def call():
        reader, writer = os.pipe()
        if not os.fork():
            burn(seconds)
            os._exit(0)
        os.close(writer)
        os.read(reader, 1)

    return timed(call)


def ignored(seconds):
    """Its child wants no word of its own children's end: the kernel adds them to nobody."""
    program = (
        "import signal, subprocess; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        f"subprocess.run({burner(seconds)})"
    )
    return timed(lambda: subprocess.run([*PYTHON, program], check=True).returncode)


def outlived(seconds):
    """What it started in another session burns on when the call is over."""

    def call():
        process = subprocess.Popen([*PYTHON, "while True: pass"], start_new_session=True)
        while used(process.pid) < seconds:
            time.sleep(0.005)

    return timed(call)


def used(pid):
    return time.clock_gettime((~pid << 3) | 2)


def before_the_call(seconds):
    """A server that `prepare` started and burned in is no cost of the call; its work there is."""
    server = subprocess.Popen(
        [*PYTHON, f"{BURN.format(seconds=seconds)}\nprint(flush=True)\ninput()\n"
                  f"end = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"
                  "print(flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    server.stdout.readline()

    def call():
        server.stdin.write(b"\n")
        server.stdin.flush()
        server.stdout.readline()

    return timed(call, lambda _: server.poll())


def child_of(megabytes):
    return timed(lambda: subprocess.run(holder(megabytes, 0.03), check=True).returncode)


def two_of(megabytes):
    def call():
        for process in [subprocess.Popen(holder(megabytes, 4.0)) for _ in range(2)]:
            process.wait()

    return timed(call)


def shared_by_two(megabytes):
    def call():
        shared = mmap.mmap(-1, megabytes * MB)
        shared.write(bytes(len(shared)))
        forks = []
        for _ in range(2):
            fork = os.fork()
            if not fork:
                sum(shared[:: mmap.PAGESIZE])
                time.sleep(0.5)
                os._exit(0)
            forks.append(fork)
        for fork in forks:
            os.waitpid(fork, 0)

    return timed(call)


def threads_in_child(count):
    program = (
        "import threading, time\n"
        f"for _ in range({count}): threading.Thread(target=time.sleep, args=(0.5,)).start()"
    )
    return timed(lambda: subprocess.run([*PYTHON, program], check=True).returncode)


def threads_of_its_own(count):
    def call():
        threads = [threading.Thread(target=time.sleep, args=(0.3,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return timed(call)


#: A grandchild goes to a session of its own.
LEAVES_THE_GROUP = "setsid sleep 1000 & sleep 1000"


def hangs(command):
    return timed(lambda: subprocess.run(["sh", "-c", command], check=True))


def dies_with_children(_):
    def call():
        subprocess.Popen(["setsid", "sleep", "1000"])
        subprocess.Popen(["sleep", "1000"])
        os.kill(os.getpid(), 11)

    return timed(call)


def kills_its_guardian(_):
    def call():
        subprocess.Popen(["setsid", "sleep", "1000"])
        os.kill(os.getppid(), 9)
        time.sleep(1000)

    return timed(call)


def stops_its_guardian(_):
    def call():
        subprocess.Popen(["setsid", "sleep", "1000"])
        os.kill(os.getppid(), 19)

    return timed(call)


def writes(name):
    """Writes here, and leaves a folder in which nobody may write."""

    def call():
        Path("inner").mkdir()
        Path("inner", name).write_bytes(b"1" * 1000)
        Path("inner").chmod(0o500)

    return timed(call, lambda _: (os.getcwd(), Path("inner", name).stat().st_size))


def large(count):
    return timed(lambda: bytes(count))


def environment(names):
    return timed(lambda: {name: os.environ.get(name) for name in names})


def shared_memory(_):
    """Leaves shared memory behind, for which Python has a process of its own."""

    def call():
        from multiprocessing import shared_memory as shared

        return shared.SharedMemory(create=True, size=1000).name

    return timed(call)


def raises(_):
    def call():
        subprocess.Popen(["setsid", "sleep", "1000"])
        raise KeyError("no such thing")

    return timed(call)


def measures_itself(payload):
    """Sleeps before, in and after the call, and says what it likes of its costs."""
    before, during, after = payload
    time.sleep(before)

    def conclude(result):
        time.sleep(after)
        return Outcome(Status.CRASHED, "as it says", {"result": result}, cpu_seconds=7.0)

    return lambda: time.sleep(during), conclude

"""Commands whose CPU, memory, processes and stages are known."""

import sys

MB = 2**20
PYTHON = [sys.executable, "-I", "-S", "-c"]
#: Uses the processor until this process has used `seconds` of CPU, its own start included.
BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"


def python(program):
    return [*PYTHON, program]


def burner(seconds):
    return python(BURN.format(seconds=seconds))


def four_at_once(seconds):
    """Four children burn at once, and end while their parent goes on."""
    return python(
        f"import subprocess, time\ncommand = {burner(seconds)}\n"
        "for one in [subprocess.Popen(command) for _ in range(4)]: one.wait()\n"
        "time.sleep(0.1)\n"
    )


def double_fork(seconds):
    """A grandchild in a session of its own burns after its parent has ended."""
    return python(
        "import os, time\n"
        "reader, writer = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        while time.process_time() < {seconds}: pass\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "os.close(writer)\n"
        "os.read(reader, 1)\n"  # until no process has the other end
    )


def ignored(seconds):
    """A child of whose end nobody wants to hear: the kernel adds its CPU to nobody's."""
    return python(
        "import signal, subprocess\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"subprocess.run({burner(seconds)})\n"
    )


#: What the other process does, in words that no other test's process has.
OUTLIVES = "while True: outlives = True"


def outlived(seconds):
    """The first process ends while another one that has left burns on for ever."""
    return python(
        "import subprocess, sys, time\n"
        f"command = {python(OUTLIVES)}\n"
        "one = subprocess.Popen(command, start_new_session=True)\n"
        f"while time.clock_gettime((~one.pid << 3) | 2) < {seconds}: time.sleep(0.002)\n"
    )


def hang_in_a_grandchild(file):
    """A grandchild that has left sleeps for ever, and so does all else; ids go to `file`."""
    return [
        *("sh", "-c"),
        f"setsid sleep 1000 & echo $! >> {file}; sleep 1000 & echo $! >> {file}; wait",
    ]


def holder_at_the_end(megabytes):
    """Has so much memory in its last 30 ms only."""
    return python(f"import time\ntime.sleep(0.3)\nx = b'1' * {megabytes * MB}\ntime.sleep(0.03)\n")


def shared_by_two(file):
    """Two children read all of a map of `file`, and stay for a while."""
    child = (
        "import mmap, sys, time\n"
        f"file = open({str(file)!r}, 'rb')\n"
        "map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "sum(map[place] for place in range(0, len(map), 4096))\n"
        "time.sleep(2)\n"
    )
    return python(
        f"import subprocess\ncommand = {python(child)}\n"
        "for one in [subprocess.Popen(command) for _ in range(2)]: one.wait()\n"
    )


def reader(file):
    """A child reads `file` in pieces of 1 MB."""
    child = (
        f"with open({str(file)!r}, 'rb', buffering=0) as file:\n    while file.read({MB}): pass\n"
    )
    return python(f"import subprocess\nsubprocess.run({python(child)})\n")


def staged(*parts):
    """Marks each stage of pairs of stage and Python statements, and then runs these."""
    program = "import os, subprocess, sys, time\nfrom tiltyard.pipelines.stages import begin\n"
    burn = (
        "def burn(seconds):\n"
        "    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n"
    )
    body = "".join(f"begin({stage!r})\n{statements}\n" for stage, statements in parts)
    return [sys.executable, "-c", program + burn + body]

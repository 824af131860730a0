"""Tasks that misbehave in every way a method can; run in workers by test_supervision."""

import ctypes
import mmap
import os
import signal
import subprocess
import sys
import time


def _tell(payload):
    return (lambda: payload), (lambda result: result)


def well(payload):
    return _tell(payload)


def burns_and_holds(payload):
    """Uses CPU seconds before the call and again in it, and has so many MB for a moment."""
    seconds, megabytes = payload

    def burn():
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    def call():
        burn()
        return len(b"1" * (megabytes * 2**20))

    burn()
    return call, (lambda result: result)


def hashes(payload):
    return (lambda: hash(payload)), (lambda result: result)


def raises(payload):
    def call():
        raise KeyError("no such thing")

    return call, None


def exits(payload):
    return (lambda: sys.exit(3)), None


def unpicklable(payload):
    return (lambda: lambda: 1), (lambda result: result)


def hangs_in_python(payload):
    def call():
        while True:
            pass

    return call, None


def hangs_in_native_code(payload):
    # PyDLL keeps the interpreter's lock: no Python thread or signal handler can run.
    return (lambda: ctypes.PyDLL(None).sleep(1000)), None


def ends_the_process(payload):
    return (lambda: os._exit(7)), None


def segfaults(payload):
    return (lambda: os.kill(os.getpid(), signal.SIGSEGV)), None


def allocates_without_end(payload):
    def call():
        # The same 16 MB again and again: new memory is slow in a virtual machine.
        file = os.memfd_create("grows")
        os.truncate(file, 16_000_000)
        kept = []
        while True:
            kept.append(mmap.mmap(file, 0))
            for page in range(0, len(kept[-1]), mmap.PAGESIZE):
                kept[-1][page] = 1

    return call, None


def burn(seconds):
    """Take so many CPU seconds."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def burns(payload):
    """Takes 0.2 CPU seconds and as long asleep; its preparation and its end take 0.1 each."""
    burn(0.1)

    def call():
        burn(0.2)
        time.sleep(0.2)

    return call, (lambda result: burn(0.1))


def grows(megabytes):
    return (lambda: len(b"x" * (megabytes * 2**20))), (lambda result: result)


CHILD = """
import time
kept = b"x" * (50 * 2**20)
end = time.process_time() + 0.2
while time.process_time() < end:
    pass
"""


def lets_a_child_burn_and_grow(payload):
    """A child takes 0.2 CPU seconds and 50 MB."""
    return (lambda: subprocess.run([sys.executable, "-c", CHILD], check=True).returncode), int


def is_killed_once(path):
    """Killed from outside the first time, as by the kernel when memory is short."""

    def call():
        if not os.path.exists(path):
            open(path, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    return call, (lambda result: result)


def is_killed_some_times(payload):
    """Killed so many times by a signal, a letter in a file for each, as if from outside."""
    path, times, number = payload

    def call():
        with open(path, "a+") as file:
            file.seek(0)
            if len(file.read()) < times:
                file.write("x")
                file.flush()
                if number != signal.SIGKILL:  # under nohup SIGHUP is ignored
                    signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
                time.sleep(60)  # until the signal comes
        return "survived"

    return call, (lambda result: result)


def loses_the_server_once(payload):
    """Ends the process that workers are forked from, which takes this one with it."""
    path, server = payload

    def call():
        if not os.path.exists(path):
            open(path, "w").close()
            os.kill(server, signal.SIGKILL)
            time.sleep(60)
        return "survived"

    return call, (lambda result: result)

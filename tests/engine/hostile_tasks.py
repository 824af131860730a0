"""Tasks that misbehave in every way a method can; run in workers by test_supervision."""

import ctypes
import mmap
import os
import signal
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


def is_killed_once(path):
    """Killed from outside the first time, as by the kernel when memory is short."""

    def call():
        if not os.path.exists(path):
            open(path, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    return call, (lambda result: result)

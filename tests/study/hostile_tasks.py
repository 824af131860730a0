"""Tasks that misbehave in every way a method can; run in workers by test_supervision."""

import ctypes
import os
import signal
import sys


def _tell(payload):
    return (lambda: payload), (lambda result: result)


def well(payload):
    return _tell(payload)


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
        kept = []
        while True:
            kept.append(bytearray(b"x") * 100_000_000)

    return call, None


def is_killed_once(path):
    """Killed from outside the first time, as by the kernel when memory is short."""

    def call():
        if not os.path.exists(path):
            open(path, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    return call, (lambda result: result)

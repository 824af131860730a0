"""Workers that are slow, that die, or that cannot load; spawned processes import this."""

import os
import signal
import time


def doubling(task, progress):
    progress(1)
    return 2 * task


def load_doubling():
    return doubling


def load_delayed():
    """Later tasks are done sooner."""

    def work(task, progress):
        time.sleep(0.15 if task % 3 == 0 else 0.01)
        return os.getpid(), task

    return work


def load_mortal():
    """A task of 13 kills the worker, one of 7 raises."""

    def work(task, progress):
        if task == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        if task == 7:
            raise ValueError("seven is too much")
        return task

    return work


def load_nothing():
    raise ValueError("no such model")


def load_dying():
    os._exit(3)


def load_pid(folder):
    """Writes that it lives, and waits."""

    def work(task, progress):
        (folder / str(os.getpid())).touch()
        time.sleep(60)

    return work

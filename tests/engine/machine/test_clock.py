"""When a process began."""

import subprocess
import sys
import time

import psutil

from tiltyard.engine.machine.clock import process_began

SCRIPT = "from tiltyard.engine.machine.clock import process_began; print(process_began())"


def test_a_process_began_after_it_was_asked_for():
    before = time.time()
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    # Ticks are hundredths of a second.
    assert before - 0.02 < float(said.stdout) < time.time()


def test_it_is_what_psutil_says_within_a_second():
    assert abs(process_began() - psutil.Process().create_time()) < 1.1

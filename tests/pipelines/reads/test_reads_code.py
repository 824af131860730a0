"""Compiled code of reads: all of it is built, and loaded without a compiler."""

import inspect
import subprocess
import sys

from tiltyard.pipelines.reads.compiled import building
from tiltyard.pipelines.reads.native import loading


def test_every_function_that_is_loaded_is_built_with_as_many_numbers():
    found = {
        name: len(inspect.signature(each.py_func).parameters)
        for name, each in building.ENTRIES.items()
    }
    assert found == loading.ENTRIES


def test_a_stream_needs_no_compiler():
    loading.warm()
    program = (
        "import sys\n"
        "from tiltyard.pipelines.reads.native.loading import ENTRIES, load\n"
        "for name in ENTRIES:\n    load(name)\n"
        "print(*sorted({'numba', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""

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


def test_a_table_needs_nothing_of_chains_threads_and_pairs(tmp_path):
    """Most of the time of a small file is that of imports."""
    file = tmp_path / "a.fq"
    file.write_bytes(b"@r\nACGT\n+\nIIII\n")
    program = (
        "import sys\n"
        "from tiltyard.pipelines.commands import run\n"
        "try:\n"
        f"    run('reads', ['stats', {str(file)!r}, '--quiet'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "unneeded = {'numba', 'logging', 'concurrent.futures', 'rich', 'typer', 'pyarrow'}\n"
        "room = 'tiltyard.pipelines.reads.'\n"
        "unneeded |= {room + name for name in ('epoch', 'pairing', 'steps.chain', 'vectorised')}\n"
        "print(*sorted(unneeded & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 2 and done.stderr.strip() == ""

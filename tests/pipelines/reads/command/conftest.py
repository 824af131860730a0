"""Commands of reads, called without starting Python anew."""

import pytest

from tiltyard.pipelines import commands


@pytest.fixture
def reads(capfdbinary):
    """Runs `tiltyard reads`; returns the exit status, standard output and standard error."""

    def run(*words):
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            commands.run("reads", [str(word) for word in words])
        out, error = capfdbinary.readouterr()
        return ended.value.code, out, error.decode()

    return run

"""Commands of sequences, called without starting Python anew."""

import pytest

from tiltyard.pipelines import commands


@pytest.fixture
def sequences(capfd):
    """Runs `tiltyard sequences`; returns the exit status, standard output and standard error."""

    def run(*words):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            commands.run("sequences", [str(word) for word in words])
        out, error = capfd.readouterr()
        return ended.value.code, out, error

    return run

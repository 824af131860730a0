"""How commands end: the status of what ended them, and how they go when they are stopped."""

import os
import signal
import subprocess
import sys

import pytest

from tiltyard.pipelines.ending import ending


def test_the_first_class_that_fits_says_the_status(capsys):
    statuses = {(FileNotFoundError,): 3, (OSError,): 2}
    for error, status in ((FileNotFoundError("no such file"), 3), (OSError("full"), 2)):
        with pytest.raises(SystemExit) as end, ending(statuses):
            raise error
        assert end.value.code == status
        assert capsys.readouterr().err == f"tiltyard: {error}\n"


def test_an_error_without_words_is_named(capsys):
    with pytest.raises(SystemExit), ending({(MemoryError,): 1}):
        raise MemoryError
    assert capsys.readouterr().err == "tiltyard: MemoryError\n"


def test_what_is_not_foreseen_is_not_hidden():
    with pytest.raises(ZeroDivisionError), ending({(OSError,): 2}):
        raise ZeroDivisionError


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_unwinds_and_says_where_to_go_on(tmp_path, capsys, number, kept):
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unwound = []

    def stopped():
        try:
            signal.raise_signal(number)
        finally:
            unwound.append(True)

    try:
        folder = tmp_path if kept else tmp_path / "none"
        with pytest.raises(SystemExit) as end, ending({(OSError,): 2}, folder):
            stopped()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert unwound and end.value.code == 128 + number
    assert ("go" in capsys.readouterr().err) == kept


def test_who_leaves_standard_output_ends_the_command_in_order():
    lines = "[print(k) for k in range(100_000)]"
    program = f"from tiltyard.pipelines.ending import ending\nwith ending({{}}):\n    {lines}"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_ctrl_c_while_code_is_made_of_text_ends_it_in_order(tmp_path):
    # After a KeyboardInterrupt there, a module that Python runs ends by SIGINT though it is caught.
    (tmp_path / "stopped.py").write_text(
        "import signal\nfrom tiltyard.pipelines.ending import ending\nwith ending({}):\n"
        "    exec('signal.raise_signal(signal.SIGINT)')\n"
    )
    command = [sys.executable, "-m", "stopped"]
    # What another test of this process has asked of Python might keep the module from being found.
    environment = os.environ | {"PYTHONSAFEPATH": "", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "tiltyard: stopped\n")

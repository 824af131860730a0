"""Options are named as one writes them where one is."""

import threading

import numpy as np
import pytest

import tiltyard
from tiltyard.application import options
from tiltyard.application.options import SORT, UNIT, Option, in_a_shell
from tiltyard.application.series import UnusableData

T = np.linspace(0, 6, 20)


def test_an_option_is_an_argument_but_in_a_shell_a_flag():
    assert f"{SORT}, {UNIT.set_to('h')}" == "sort=True, unit='h'"
    with in_a_shell():
        assert f"{SORT}, {UNIT.set_to('h')}" == "--sort, --unit h"
        with in_a_shell():
            pass
        assert str(SORT) == "--sort"
    assert str(SORT) == "sort=True"


def test_a_command_does_not_change_what_another_thread_says():
    said = []
    with in_a_shell():
        other = threading.Thread(target=lambda: said.append(str(SORT)))
        other.start()
        other.join()
    assert said == ["sort=True"]


def test_messages_and_reports_name_what_one_can_write():
    with pytest.raises(UnusableData, match=r"\(sort=True\)$"):
        tiltyard.differentiate(np.roll(T, 1), T)
    found = tiltyard.differentiate(T, np.sin(T), draws=0)
    assert "the default; estimator= takes others" in found.report()
    with in_a_shell():
        assert "the default; --estimator takes others" in found.report()
        with pytest.raises(UnusableData, match=r"\(--sort\)$"):
            tiltyard.differentiate(np.roll(T, 1), T)


def test_every_option_is_there_in_python_and_in_the_command():
    """But for words that are no option's."""
    import inspect

    from typer.main import get_command

    from tiltyard.cli import app

    arguments = inspect.signature(tiltyard.differentiate).parameters
    command = get_command(app).commands["differentiate"]
    flags = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)}
    named = [each for each in vars(options).values() if isinstance(each, Option)]
    assert len(named) > 5
    for each in named:
        if each is not options.ZONED:
            assert each.argument.partition("=")[0] in arguments and each.flag in flags

"""The page on people's files shows files as they begin, and its commands read them rightly."""

import shlex

import numpy as np
import pytest
from brought import FILES, wave, write_brought
from documented import blocks, simple_commands

from tiltyard.application.reading import Wishes, read_records

PAGE = "from-a-file.md"
SHOWN = [block for block in blocks("text") if block.page == PAGE]
COMMANDS = [
    command for block in blocks("sh") if block.page == PAGE for command in simple_commands(block)
]
LISTS = {"--time": "time", "--signal": "signals", "--by": "by", "--missing": "missing"}


def wishes_of(options):
    """What the options of a command say of the file."""
    found = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option in LISTS:
            found[LISTS[option]] = (*found.get(LISTS[option], ()), value)
        elif option != "--output":
            found[option[2:].replace("-", "_")] = value
    return Wishes(**found)


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.title)
def test_files_begin_as_they_are_shown(block):
    content = FILES[block.title]()
    text = content.decode("cp1252" if block.title == "buoy.csv" else "utf-8")
    assert text.replace("\r\n", "\n").startswith(block.text)


def test_every_file_is_on_the_page():
    named = {word for command in COMMANDS for word in shlex.split(command)}
    assert set(FILES) <= named


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_read_what_was_measured(tmp_path, command):
    write_brought(tmp_path)
    _, _, name, *options = shlex.split(command)
    reading = read_records(tmp_path / name, wishes_of(options))
    times = {len(record.times.values) for record in reading.records}
    for record in reading.records:
        one = record.series[-1]
        # Times are even steps, and the wave has one fifth of a radian a step.
        steps = np.round((one.t - one.t[0]) / np.median(np.diff(record.times.values)))
        scale = 3 if name == "walk.trc" else 1
        np.testing.assert_allclose(one.y, scale * wave(steps), atol=0.006 * scale)
    assert times == ({36, 20} if name == "runs.csv" else {12} if name == "days.csv" else {36})

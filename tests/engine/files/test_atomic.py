"""What a file may not take the place of."""

import os
from pathlib import Path

import pytest

from tiltyard.engine.files.atomic import write_text


def test_a_pipe_a_device_and_a_folder_keep_their_places(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "folder", "link"):
        with pytest.raises(OSError, match=f"{name} is no plain file.*name another"):
            write_text(tmp_path / name, "text")
    assert sorted(os.listdir(tmp_path)) == ["folder", "link", "pipe"]
    assert (tmp_path / "link").is_symlink()


def test_a_name_among_the_devices_is_refused_though_nothing_is_there():
    with pytest.raises(OSError, match="no plain file"):
        write_text(Path("/dev/nil"), "text")
    assert not Path("/dev/nil").exists()


def test_a_file_and_a_link_to_one_are_replaced(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        write_text(tmp_path / name, "new")
        assert (tmp_path / name).read_text() == "new"

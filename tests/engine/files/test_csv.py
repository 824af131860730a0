"""Frames as CSV: every digit, one header, whole files only."""

import pandas as pd
import pytest

from tiltyard.engine.files.csv import FrameWriter, write_frame


def write_all(frames, path):
    with FrameWriter(path) as lines:
        for frame in frames:
            lines.write(frame)


def test_frame_has_full_precision_and_empty_cells_for_missing_numbers(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b,"], "error": [0.1 + 0.2, float("nan")]})
    write_frame(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines() == [
        '"name","error"',
        '"a",0.30000000000000004',
        '"b,",',
    ]


def test_frames_follow_each_other_as_one_would(tmp_path):
    whole = pd.DataFrame(
        {"name": ["a", "b", "c"], "error": [0.5, float("nan"), 2.0], "place": [1, None, 3]}
    ).astype({"place": "Int64"})
    write_frame(whole, tmp_path / "whole.csv")
    write_all([whole.iloc[start : start + 1] for start in range(3)], tmp_path / "parts.csv")
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    write_frame(pd.DataFrame({"error": [1.0]}), path)
    before = path.read_bytes()
    other = [pd.DataFrame({name: [2.0]}) for name in ("error", "other")]
    with pytest.raises(ValueError, match="names are not matching"):
        write_all(other, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]

"""Receipts notice files that changed since they were written."""

import os

import pytest

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import altered_files, read_receipt, write_receipt


def test_a_receipt_notices_files_that_changed_or_went(tmp_path):
    files = [tmp_path / name for name in "abc"]
    for file in files:
        file.write_text("whole")
    write_receipt(tmp_path / "receipt.json", files, {"note": 1})
    receipt = read_receipt(tmp_path / "receipt.json")
    assert receipt["note"] == 1 and altered_files(receipt) == []
    files[0].unlink()
    files[1].write_text("longer than before")
    os.utime(files[2], ns=(0, 0))
    assert altered_files(receipt) == files


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": {"a": "b"}}', '{"files": []}'])
def test_what_is_no_receipt_is_said_to_be_none(tmp_path, text):
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match="not a receipt"):
        read_receipt(path)

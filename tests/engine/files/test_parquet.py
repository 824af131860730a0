"""Tables keep every bit, the note and the layout that makes them small."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_note, read_table, write_table


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(40, 64))
    values[3, 5:9] = [np.nan, np.inf, -0.0, 5e-324]
    return pa.table(
        {
            "name": ["a", "b"] * 20,
            "order": list(range(40)),
            "error": pa.array(values[:, 0]),
            "estimate": pa.array([*values[:-1], None], pa.list_(pa.float64())),
        }
    )


def bits(column):
    return np.array(column.combine_chunks().flatten()).view(np.uint64).tolist()


def test_every_bit_and_the_note_come_back(table, tmp_path):
    write_table(table, {"study": "x"}, tmp_path / "a.parquet")
    found, note = read_table(tmp_path / "a.parquet")
    assert note == read_note(tmp_path / "a.parquet") == {"study": "x"}
    assert bits(found["estimate"]) == bits(table["estimate"])
    assert found["estimate"].null_count == 1
    assert found.drop_columns("estimate").equals(table.drop_columns("estimate"))


def test_numbers_are_split_into_streams_and_words_have_dictionaries(table, tmp_path):
    write_table(table, {}, tmp_path / "a.parquet")
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    encodings = {column.path_in_schema: column.encodings for column in columns}
    for name in ("error", "estimate.list.element"):
        assert "BYTE_STREAM_SPLIT" in encodings[name]
        assert "RLE_DICTIONARY" not in encodings[name]
    assert "RLE_DICTIONARY" in encodings["name"]


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: b"", lambda raw: b"PAR1"])
def test_damaged_file_is_named(table, tmp_path, damage):
    path = tmp_path / "a.parquet"
    write_table(table, {}, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UnreadableFile, match=r"a\.parquet"):
        read_table(path)


def test_no_flipped_bit_is_read_as_another_number_name_or_note(tmp_path):
    """Of every byte one bit: either the file cannot be read, or all is as it was."""
    values = np.random.default_rng(1).normal(size=(12, 3))
    whole = pa.table({"name": ["a", "b"] * 6, "error": values[:, 0], "estimate": list(values)})
    path = tmp_path / "table.parquet"
    write_table(whole, {"origin": "here", "count": 3}, path)
    before, content = read_table(path), path.read_bytes()
    refused = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            assert read_table(path) == before, f"byte {place}"
        except UnreadableFile:
            refused += 1
    # The others are in what a reader does not need: statistics, offsets, who wrote it.
    assert refused > 0.6 * len(content)

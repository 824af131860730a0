"""Datasets: what they hold, the round trip through their file, and files that are not one."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import write_table
from tiltyard.studies.derivatives.dataset import COLUMNS, compute_truth, make_dataset, read
from tiltyard.studies.derivatives.noise import NOISE_MODELS
from tiltyard.studies.derivatives.signals import SIGNALS

ID = "runge-n31-gaussian-1e-02-t1"


def make(model="gaussian", level=1e-2, seed=5, **changes):
    arguments = {
        "configuration_id": f"runge-n31-{model}-{level:.0e}-t1",
        "signal": "runge",
        "samples": 31,
        "noise_model": model,
        "noise_level": level,
        "rng": np.random.default_rng(seed),
        "study": "trial_run",
        "seed": 20,
        "trial": 1,
    }
    return make_dataset(**{**arguments, **changes})


@pytest.fixture
def path(tmp_path):
    """The file of an ordinary dataset."""
    path = tmp_path / "dataset.parquet"
    make().write(path)
    return path


def assert_same(one, other):
    for name in ("t", "y", "exact", "noise_sd", "truth_error"):
        assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("configuration", "fields", "study", "seed", "versions", "digest"):
        assert getattr(one, name) == getattr(other, name), name


def assert_unreadable(path, pattern, configuration=None):
    with pytest.raises(UnreadableFile, match=pattern) as caught:
        read(path, configuration)
    assert str(path) in str(caught.value)


def test_truth_is_rounded_from_the_signal_at_its_times():
    truth = compute_truth("runge", 31)
    signal = SIGNALS["runge"]
    assert_array_equal(truth.t, np.linspace(-1, 1, 31))
    assert_array_equal(truth.exact, signal.derivatives(truth.t).astype(np.float64), strict=True)
    assert truth.error.shape == (8,) and truth.error.max() < 1e-14


def test_dataset_is_truth_plus_noise():
    dataset = make()
    assert dataset.fields == {
        "signal": "runge",
        "samples": 31,
        "noise_model": "gaussian",
        "noise_level": 1e-2,
        "trial": 1,
    }
    assert dataset.versions.keys() == {"tiltyard", "code", "numpy", "heyoka"}
    noise = np.random.default_rng(5).standard_normal(31)
    assert dataset.noise_sd == 1e-2 * np.std(dataset.exact[0], ddof=1)
    assert_array_equal(dataset.y, dataset.exact[0] + dataset.noise_sd * noise)


def test_a_given_truth_serves_every_noise_level():
    truth = compute_truth("runge", 31)
    for level in (1e-3, 1e-1):
        assert_same(make(level=level, truth=truth), make(level=level))


@pytest.mark.parametrize(("signal", "samples"), [("runge", 32), ("bump", 31)])
def test_a_truth_of_another_signal_or_length_is_refused(signal, samples):
    with pytest.raises(ValueError, match=f"that of {signal} with {samples} samples, not of runge"):
        make(truth=compute_truth(signal, samples))


def test_a_datasets_arrays_are_its_own():
    truth = compute_truth("runge", 31)
    dataset = make(truth=truth)
    dataset.exact[:] = 0
    assert np.all(truth.exact[0] > 0)


@pytest.mark.parametrize("model", sorted(NOISE_MODELS))
def test_file_gives_the_dataset_back(tmp_path, model):
    dataset = make(model)
    path = tmp_path / "folder" / "dataset.parquet"
    dataset.write(path)
    assert_same(read(path, dataset.configuration), dataset)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_file_has_the_documented_columns_and_metadata(path):
    table = pq.read_table(path)
    dataset = make()
    assert table.column_names == ["t", "y", *(f"d{k}" for k in range(8))]
    assert_array_equal(table["d7"].to_numpy(), dataset.exact[7])
    note = json.loads(table.schema.metadata[b"tiltyard"])
    assert note["configuration"] == ID
    assert note["study"] == "trial_run" and note["seed"] == 20
    assert note["digest"] == dataset.digest and len(dataset.digest) == 64


@pytest.mark.parametrize("signal", ["runge", "lorenz"])
def test_same_configuration_gives_the_same_bytes(tmp_path, signal):
    for name in ("one", "two"):
        make(signal=signal).write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("name", ["t", "y", "exact"])
def test_digest_depends_on_every_value(name):
    dataset = make()
    changed = getattr(dataset, name).copy()
    changed.flat[-1] = np.nextafter(changed.flat[-1], np.inf)
    assert replace(dataset, **{name: changed}).digest != dataset.digest


def test_digest_depends_on_the_configuration_but_not_on_the_study():
    dataset = make()
    assert replace(dataset, configuration="other").digest != dataset.digest
    assert replace(dataset, study="other").digest == dataset.digest


def test_missing_file(tmp_path):
    assert_unreadable(tmp_path / "absent.parquet", "absent")


def test_empty_file(path):
    path.write_bytes(b"")
    assert_unreadable(path, "dataset.parquet: .")


@pytest.mark.parametrize("kept", [1, 4, 100, -1])
def test_truncated_file(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    assert_unreadable(path, "dataset.parquet: .")


def test_text_file(path):
    path.write_text("t,y\n0,1\n")
    assert_unreadable(path, "dataset.parquet: .")


def test_parquet_of_someone_else(path):
    pq.write_table(pa.table({"t": [0.0], "y": [1.0]}), path)
    assert_unreadable(path, "not one of Tiltyard's")


def test_foreign_columns(path):
    write_table(pa.table({"t": [0.0], "y": [1.0]}), {}, path)
    assert_unreadable(path, "its columns are t, y; a dataset has t, y, d0, .*, d7")


@pytest.mark.parametrize("column", [pa.array([1]), pa.array([None], pa.float64())])
def test_columns_of_another_type_or_with_gaps(path, column):
    write_table(pa.table([column] * 10, names=list(COLUMNS)), {}, path)
    assert_unreadable(path, "column t has . nulls and type .*; a dataset has doubles")


def test_columns_with_no_note(path):
    write_table(pa.table([pa.array([1.0])] * 10, names=list(COLUMNS)), {}, path)
    assert_unreadable(path, "its format is None, not 'tiltyard dataset 1'")


def test_edited_values_do_not_fit_the_digest(path):
    table = pq.read_table(path)
    note = json.loads(table.schema.metadata[b"tiltyard"])
    y = table["y"].to_numpy().copy()
    y[7] += 1e-9
    write_table(table.set_column(1, "y", pa.array(y)), note, path)
    assert_unreadable(path, "digest does not fit its columns")


def test_edited_note_does_not_fit_the_checksum(path):
    table = pq.read_table(path)
    note = json.loads(table.schema.metadata[b"tiltyard"])
    write_table(table, {**note, "noise_sd": 1.0}, path)
    assert_unreadable(path, "checksum does not fit its metadata")


def test_file_of_another_configuration(path):
    wanted = ID.replace("t1", "t2")
    assert_unreadable(path, f"holds {ID}, not {wanted}", wanted)


def test_a_flipped_byte_never_goes_unnoticed(path):
    """Wherever it is: the file is refused, or it does not matter to the dataset."""
    whole, dataset = path.read_bytes(), make()
    refused = 0
    positions = np.random.default_rng(1).permutation(len(whole))[:400]
    for position in positions:
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        try:
            assert_same(read(path, ID), dataset)
        except UnreadableFile:
            refused += 1
    # What may change unnoticed is what Parquet adds: statistics, names of writers, padding.
    assert refused > 0.5 * len(positions)

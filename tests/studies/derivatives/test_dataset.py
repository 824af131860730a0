"""Datasets: what they hold, the round trip through their file, and files that are not one."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from tiltyard.engine import datasets
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_note, read_table, write_table
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.dataset import COLUMNS, compute_truth, make_dataset
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
        "seed": 20,
        "trial": 1,
    }
    return make_dataset(**{**arguments, **changes})


def study_in(folder, **changes):
    config = {
        "study": "trial_run",
        "seed": 20,
        "julia": False,
        "signals": ["runge", "lorenz"],
        "samples": [31],
        "noise_models": sorted(NOISE_MODELS),
        "noise_levels": [1e-2],
        "trials": 2,
    }
    return Study.from_config({**config, **changes}, folder)


@pytest.fixture
def study(tmp_path):
    return study_in(tmp_path)


@pytest.fixture
def path(study):
    """The file of an ordinary dataset."""
    datasets.write(study, make())
    return study.dataset(ID)


def assert_same(one, other):
    for name in ("t", "y", "exact", "noise_sd", "truth_error"):
        assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("configuration", "signal", "seed", "digest"):
        assert getattr(one, name) == getattr(other, name), name


def assert_unreadable(study, pattern, configuration=ID):
    with pytest.raises(UnreadableFile, match=pattern) as caught:
        datasets.read(study, configuration)
    assert str(study.dataset(configuration)) in str(caught.value)


def test_truth_is_rounded_from_the_signal_at_its_times():
    truth = compute_truth("runge", 31)
    signal = SIGNALS["runge"]
    assert_array_equal(truth.t, np.linspace(-1, 1, 31))
    assert_array_equal(truth.exact, signal.derivatives(truth.t).astype(np.float64), strict=True)
    assert truth.error.shape == (8,) and truth.error.max() < 1e-14


def test_dataset_is_truth_plus_noise():
    dataset = make()
    assert (dataset.configuration, dataset.signal, dataset.seed) == (ID, "runge", 20)
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
def test_file_gives_the_dataset_back(study, model):
    dataset = make(model)
    datasets.write(study, dataset)
    found, versions = datasets.read(study, dataset.configuration)
    assert_same(found, dataset)
    assert versions.keys() == {"tiltyard", "code", "numpy", "heyoka"}
    path = study.dataset(dataset.configuration)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_dataset_of_a_study_has_what_its_id_says(study):
    """Noise from the identity alone, and the truth of the signal at the study's size."""
    dataset = datasets.generate(study, ID)
    own = generator(study.seed, ID).standard_normal(31)
    assert_same(dataset, make(rng=generator(study.seed, ID)))
    assert_array_equal(dataset.y, dataset.exact[0] + dataset.noise_sd * own)


def test_file_has_the_documented_columns_and_metadata(path):
    table = pq.read_table(path)
    dataset = make()
    assert table.column_names == ["t", "y", *(f"d{k}" for k in range(8))]
    assert_array_equal(table["d7"].to_numpy(), dataset.exact[7])
    note = json.loads(table.schema.metadata[b"tiltyard"])
    assert note["configuration"] == ID
    assert (note["kind"], note["study"], note["seed"]) == ("derivatives", "trial_run", 20)
    assert note["digest"] == dataset.digest and len(dataset.digest) == 64


@pytest.mark.parametrize("signal", ["runge", "lorenz"])
def test_same_configuration_gives_the_same_bytes(tmp_path, signal):
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        study, name = study_in(folder), ID.replace("runge", signal)
        datasets.write(study, datasets.generate(study, name))
        contents.append(study.dataset(name).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("name", ["t", "y", "exact"])
def test_digest_depends_on_every_value(name):
    dataset = make()
    changed = getattr(dataset, name).copy()
    changed.flat[-1] = np.nextafter(changed.flat[-1], np.inf)
    assert replace(dataset, **{name: changed}).digest != dataset.digest


def test_digest_depends_on_the_configuration_but_not_on_the_study(tmp_path):
    dataset = make()
    assert replace(dataset, configuration="other").digest != dataset.digest
    studies = [study_in(tmp_path, study=name) for name in ("one", "two")]
    own, other = (datasets.generate(study, ID) for study in studies)
    assert own.digest == other.digest


def rewrite(path, table):
    """Write `table` in the place of the dataset's, with its note."""
    write_table(table, read_note(path), path)


def test_missing_file(study):
    assert_unreadable(study, "parquet: .*[Nn]o such file")


def test_empty_file(study, path):
    path.write_bytes(b"")
    assert_unreadable(study, f"{ID}.parquet: .")


@pytest.mark.parametrize("kept", [1, 4, 100, -1])
def test_truncated_file(study, path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    assert_unreadable(study, f"{ID}.parquet: .")


def test_text_file(study, path):
    path.write_text("t,y\n0,1\n")
    assert_unreadable(study, f"{ID}.parquet: .")


def test_parquet_of_someone_else(study, path):
    pq.write_table(pa.table({"t": [0.0], "y": [1.0]}), path)
    assert_unreadable(study, "not one of Tiltyard's")


def test_foreign_columns(study, path):
    rewrite(path, pa.table({"t": [0.0], "y": [1.0]}))
    assert_unreadable(study, "its columns are t, y; a dataset has t, y, d0, .*, d7")


@pytest.mark.parametrize("column", [pa.array([1]), pa.array([None], pa.float64())])
def test_columns_of_another_type_or_with_gaps(study, path, column):
    rewrite(path, pa.table([column] * 10, names=list(COLUMNS)))
    assert_unreadable(study, "column t has . nulls and type .*; a dataset has doubles")


def test_columns_with_no_note(study, path):
    write_table(pa.table([pa.array([1.0])] * 10, names=list(COLUMNS)), {}, path)
    assert_unreadable(study, "its format is None, not 'tiltyard dataset 2'")


def test_edited_values_do_not_fit_the_digest(study, path):
    table = pq.read_table(path)
    y = table["y"].to_numpy().copy()
    y[7] += 1e-9
    rewrite(path, table.set_column(1, "y", pa.array(y)))
    assert_unreadable(study, "digest does not fit its columns")


def test_edited_note_does_not_fit_the_checksum(study, path):
    table, note = read_table(path)
    write_table(table, {**note, "facts": {**note["facts"], "noise_sd": 1.0}}, path)
    assert_unreadable(study, "checksum does not fit its metadata")


def test_file_of_another_configuration(study, path):
    wanted = ID.replace("t1", "t2")
    path.rename(study.dataset(wanted))
    assert_unreadable(study, f"holds configuration '{ID}', not '{wanted}'", wanted)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"study": "other"}, "study 'trial_run', not 'other'"), ({"seed": 2}, "seed 20, not 2")],
)
def test_file_of_another_study(tmp_path, path, change, words):
    assert_unreadable(study_in(tmp_path, **change), f"holds {words}")


def test_a_flipped_byte_never_goes_unnoticed(study, path):
    """Wherever it is: the file is refused, or it does not matter to the dataset."""
    whole, dataset = path.read_bytes(), make()
    refused = 0
    positions = np.random.default_rng(1).permutation(len(whole))[:400]
    for position in positions:
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        try:
            assert_same(datasets.read(study, ID)[0], dataset)
        except UnreadableFile:
            refused += 1
    # What may change unnoticed is what Parquet adds: statistics, names of writers, padding.
    assert refused > 0.5 * len(positions)

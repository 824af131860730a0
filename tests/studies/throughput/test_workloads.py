"""Files of a workload are made once, are the same in every round, and are restored."""

import pytest

from tiltyard.engine import datasets
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.studies.throughput.workloads import ready_files


def files_of(study, name="n3"):
    return ready_files(study, name)


def test_they_are_made_once_for_all_rounds(bench):
    study = bench.study()
    made = [datasets.generate(study, f"n3-t{trial}") for trial in (1, 2)]
    assert bench.pipeline.made == ["n3"]
    assert made[0].files_digest == made[1].files_digest
    # No launch of one round is ever taken for that of another.
    assert made[0].digest != made[1].digest
    assert [name for name, _, _ in made[0].files] == ["lines.idx", "lines.txt"]
    assert made[0].facts() == {"workload": "n3", "axes": {"lines": 3}, "units": {"lines": 3}}


def test_they_follow_from_the_seed_and_the_name(bench, tmp_path):
    own = files_of(bench.study()).digest
    assert files_of(bench.study(), "n5").digest != own
    bench.folder = tmp_path / "other"
    assert files_of(bench.study()).digest == own
    bench.folder = tmp_path / "third"
    assert files_of(bench.study(seed=4)).digest != own


@pytest.mark.parametrize("harm", ["cut", "gone", "receipt gone", "receipt cut", "all gone"])
def test_what_is_lost_or_damaged_is_made_again_the_same(bench, harm, capsys):
    study = bench.study()
    before = files_of(study)
    file, receipt = before.folder / "lines.txt", before.folder.parent / "files.json"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    elif harm == "gone":
        file.unlink()
    elif harm == "receipt gone":
        receipt.unlink()
    elif harm == "receipt cut":
        receipt.write_bytes(receipt.read_bytes()[:-5])
    else:
        before.folder.parent.rename(bench.folder / "elsewhere")
    after = files_of(study)
    assert after.digest == before.digest and bench.pipeline.made == ["n3", "n3"]
    said = capsys.readouterr().err
    assert "made again" in said or harm == "all gone"
    assert files_of(study) == after and len(bench.pipeline.made) == 2


def test_other_code_makes_them_again(bench):
    study = bench.study()
    files_of(study)
    bench.code = "2"
    files_of(study)
    assert bench.pipeline.made == ["n3", "n3"]


def test_a_pipeline_that_fails_leaves_nothing_half_made(bench, monkeypatch):
    study = bench.study()
    good = files_of(study)
    make = bench.pipeline.make

    def fail(workload, folder, rng):
        make(workload, folder, rng)
        raise ValueError("the disk is on fire")

    monkeypatch.setattr(bench.pipeline, "make", fail)
    bench.code = "2"
    with pytest.raises(ValueError, match="on fire"):
        files_of(study)
    assert sorted(path.name for path in good.folder.parent.iterdir()) == ["files", "files.json"]
    bench.code = "1"
    assert files_of(study).digest == good.digest


def test_files_of_ones_own_are_digested_where_they_are(bench):
    own = bench.folder / "mine.bam"
    own.write_bytes(b"1234")
    bench.pipeline.own = own
    study = bench.study()
    before = files_of(study)
    assert str(own) in before.files and ("mine.bam", 4) in [one[:2] for one in before.listed]
    own.write_bytes(b"12345")
    assert files_of(study).digest != before.digest


def test_a_workload_that_the_study_has_not_is_refused(bench):
    with pytest.raises(ValueError, match="no workload 'n9'"):
        files_of(bench.study(), "n9")


def test_dataset_is_read_back_as_it_was_written(bench):
    study = bench.study()
    made = datasets.generate(study, "n5-t2")
    datasets.write(study, made)
    found, versions = datasets.read(study, "n5-t2")
    assert found == made and found.digest == made.digest
    assert versions == study.kind.dataset_code()
    # Rows of other files do not fit the digest in the same file.
    table, note = read_table(study.dataset("n5-t2"))
    write_table(table.slice(1), note, study.dataset("n5-t2"))
    with pytest.raises(UnreadableFile, match="digest"):
        datasets.read(study, "n5-t2")

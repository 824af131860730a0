"""What the pipeline brings to a study: its workloads, the names of strategies, their commands."""

import re
from importlib import metadata
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from workplace import ROOT

from tiltyard.pipelines.alleles.benchmark import peers
from tiltyard.pipelines.alleles.benchmark.claims import CLAIMS
from tiltyard.pipelines.alleles.benchmark.workloads import count_variants
from tiltyard.pipelines.alleles.pipeline import Alleles
from tiltyard.pipelines.pipeline import GROUP, LIMIT, PEER, REFERENCE, Pipeline, Work, Workload

ALLELES = Alleles()
SMALL = {"files": [2], "variants": [20], "depth": [5], "genome": [20_000]}
CONFIGS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "config").glob("alleles*.yaml"))
}


def config(strategies=("serial-w1-b2000",), **workload):
    return {"workload": workload or SMALL, "strategies": list(strategies)}


def named(*names):
    return {one.name: one for one in ALLELES.strategies(config(("serial-w1-b2000", *names)))}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    (workload,) = ALLELES.workloads(config())
    folder = tmp_path_factory.mktemp("made")
    return ALLELES.make(workload, folder, np.random.default_rng(1)), folder


def test_it_is_found_by_its_entry_point_and_has_every_member_of_the_protocol():
    (point,) = metadata.entry_points(group=GROUP, name="alleles")
    found = point.load()()
    members = [*Pipeline.__annotations__, *(name for name in vars(Pipeline) if name[0] != "_")]
    assert found.name == "alleles" and all(hasattr(found, name) for name in members)


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_that_ship_fit_the_schema_and_give_strategies(name):
    own = CONFIGS[name]
    for key, schema in ALLELES.schema.items():
        jsonschema.validate(own[key], schema)
    assert own["kind"] == "throughput" and own["pipeline"] == "alleles" and own["study"] == name
    names = [one.name for one in ALLELES.strategies(own)]
    assert len(set(names)) == len(names) and ALLELES.baseline(own) in names
    assert all(re.fullmatch(r"[a-z][a-z0-9_.+-]*", one) for one in names)
    for workload in ALLELES.workloads(own):
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", workload.name)
        assert set(workload.axes) == {axis.name for axis in ALLELES.axes}


def test_study_of_the_guide_has_its_scenarios():
    own = CONFIGS["alleles"]
    workloads = [one.axes for one in ALLELES.workloads(own)]
    assert {(one["files"], one["variants"]) for one in workloads} >= {
        (1, 1000), (1, 10_000), (4, 1000), (20, 1000),
    }  # fmt: skip
    assert {one["layout"] for one in workloads} == {"sparse", "clustered"}
    strategies = ALLELES.strategies(own)
    assert {one.workers for one in strategies} == {1, 2, 4}
    assert {one.block for one in strategies} >= {"100", "500", "2000"}
    assert {one.backend for one in strategies} >= {"threads", "processes", "multiprocessing"}


def test_workloads_are_products_of_the_lists_and_scenarios_take_their_place():
    lists = {"files": [1, 4], "variants": [10, 20], "depth": [30]}
    found = ALLELES.workloads(config(**lists))
    assert [one.name for one in found] == ["f1-v10-d30", "f1-v20-d30", "f4-v10-d30", "f4-v20-d30"]
    scenarios = [{"files": [2]}, {"layout": ["clustered"], "genome": [100_000]}, {"files": [1]}]
    found = ALLELES.workloads(config(variants=[10], scenarios=scenarios))
    assert [one.name for one in found] == [
        "f2-v10-d30", "f1-v10-d30-g100000-clustered", "f1-v10-d30",
    ]  # fmt: skip


def test_workload_is_made_and_opened_again_elsewhere(made, tmp_path):
    work, folder = made
    moved = tmp_path / "moved"
    moved.symlink_to(folder)
    again = ALLELES.open(work.workload, moved)
    assert again.units == work.units == {"reads": 2 * 666, "variants": 40}
    assert [path.parent for path in again.files["alignments"]] == [moved, moved]
    assert again.input_bytes == work.input_bytes > 0


def test_lost_file_of_a_workload_is_named(made, tmp_path):
    work, folder = made
    (tmp_path / "work.json").write_text((folder / "work.json").read_text())
    with pytest.raises(ValueError, match=r"s1\.bam: the file of workload f2-v20-d5-g20000 is gone"):
        ALLELES.open(work.workload, tmp_path)


def own_files(work):
    return {
        "alignments": [str(path) for path in work.files["alignments"]],
        "variants": str(work.files["variants"][0]),
        "fasta": str(work.files["fasta"][0]),
    }


def test_own_files_are_a_workload_whose_name_is_others_for_other_files(made, tmp_path):
    work, _ = made
    (workload,) = ALLELES.workloads(config(**own_files(work)))
    assert workload.axes == {"files": 2, "variants": 20}
    again = ALLELES.make(workload, tmp_path, np.random.default_rng(1))
    assert again.files == work.files and again.units == work.units
    # A worker knows only name and axes, and opens what was noted.
    assert ALLELES.open(Workload(workload.name, workload.axes), tmp_path) == Work(
        Workload(workload.name, workload.axes), work.files, work.units
    )
    one = own_files(work) | {"alignments": [str(work.files["alignments"][0])]}
    assert ALLELES.workloads(config(**one))[0].name != workload.name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fasta": None}, "workload.fasta is missing"),
        ({"fasta": "none.fa"}, "workload.fasta: there is no file .*none.fa"),
        ({"files": [1]}, "workload.files is of files that are made"),
        ({"alignments": None}, "workload.fasta names a file of your own, and alignments"),
    ],
)
def test_own_files_that_are_not_all_there_are_refused(change, words, made):
    own = {key: value for key, value in (own_files(made[0]) | change).items() if value}
    with pytest.raises(ValueError, match=words):
        ALLELES.check(config(**own))


def test_records_of_vcf_and_maf_are_counted_compressed_or_not(made, tmp_path):
    import gzip

    plain = made[0].files["variants"][0]
    packed = tmp_path / "v.vcf.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    maf = tmp_path / "v.maf"
    maf.write_text("#version 2.4\nHugo_Symbol\tChromosome\na\t1\nb\t1\n")
    assert count_variants(plain) == count_variants(packed) == 20 and count_variants(maf) == 2


def test_workloads_that_cannot_be_made_are_refused_by_name():
    with pytest.raises(ValueError, match="workload f1-v1000-d30-g2000 cannot be made: genome"):
        ALLELES.check(config(genome=[2000]))


def test_names_say_implementation_backend_workers_and_block():
    names = (
        *("threads-w2-b500", "arrays-processes-w2-b500-d10000-file"),
        *("reference-multiprocessing-w4-b100-both", "auto-w4"),
    )
    found = named(*names)
    assert set(names) < set(found)
    own = found["arrays-processes-w2-b500-d10000-file"]
    assert (own.implementation, own.backend, own.workers, own.block) == (
        *("arrays", "processes"), 2, "500",
    )  # fmt: skip
    assert own.options == {"distance": 10_000, "level": "file"}
    assert found["threads-w2-b500"].options == {"distance": 100_000, "level": "block"}


def test_lists_give_every_combination_of_which_there_is_one():
    lists = {"backend": ["serial", "threads"], "workers": [1, 2, 4], "block": [100, 2000]}
    names = {one.name for one in ALLELES.strategies(config([lists]))}
    assert names == {
        *("serial-w1-b100", "serial-w1-b2000", "threads-w2-b100", "threads-w2-b2000"),
        *("threads-w4-b100", "threads-w4-b2000", "reference", "read", "inflate"),
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "thread-w2-b100",
            r"strategies\[1\]: 'thread-w2-b100' says no spread; .*; or one of auto-w2",
        ),
        ("serial-w2-b100", "serial has one worker, not 2"),
        ("threads-w1-b100", "threads-w1-b100 has one worker: serial is"),
        ("threads-w2-b0", "the size of a block is 0"),
        ({"backend": ["serial"], "workers": [2]}, r"strategies\[1\] gives none"),
    ],
)
def test_wrong_names_are_refused_with_their_place(name, words):
    with pytest.raises(ValueError, match=words):
        ALLELES.check(config(["serial-w1-b2000", name]))


def test_study_without_a_serial_strategy_has_no_baseline():
    with pytest.raises(ValueError, match="no serial one"):
        ALLELES.check(config(["threads-w2-b2000"]))


def test_reference_and_limits_are_in_every_study_and_the_baseline_is_the_fastest_serial_code():
    own = config(["arrays-serial-w1-b2000", "serial-w1-b500", "threads-w2-b500"])
    tags = {one.name: set(one.tags) for one in ALLELES.strategies(own)}
    assert REFERENCE in tags["reference"] and LIMIT in tags["read"] & tags["inflate"]
    assert ALLELES.baseline(own) == "serial-w1-b500"


def test_own_files_without_a_bai_have_no_limits(made, tmp_path):
    files = own_files(made[0])
    lonely = tmp_path / "lonely.bam"
    lonely.symlink_to(files["alignments"][0])
    own = config(**files | {"alignments": [str(lonely)]})
    assert not [one for one in ALLELES.strategies(own) if LIMIT in one.tags]


def option(command, name):
    return command[command.index(name) + 1]


def test_command_of_a_strategy_is_what_a_person_would_write(made):
    work, folder = made
    own = named("arrays-threads-w4-b500-d10000-both")["arrays-threads-w4-b500-d10000-both"]
    command = ALLELES.command(own, work, folder / "out")
    assert Path(command[0]).name == "tiltyard" and list(command[1:3]) == ["alleles", "count"]
    expected = {
        "--implementation": "arrays",
        "--backend": "threads",
        "--threads": "4",
        "--level": "both",
        "--block-size": "500",
        "--block-distance": "10000",
        "--output": str(folder / "out"),
    }
    assert {name: option(command, name) for name in expected} == expected
    assert [command[at + 1] for at, part in enumerate(command) if part == "--bam"] == [
        str(path) for path in work.files["alignments"]
    ]


def test_strategy_that_chooses_by_itself_is_told_the_number_of_workers_only(made):
    command = ALLELES.command(named("auto-w4")["auto-w4"], made[0], Path("out"))
    assert option(command, "--threads") == "4"
    assert not {"--backend", "--implementation", "--level", "--block-size"} & set(command)


def test_version_of_a_strategy_follows_its_own_code_and_packages():
    found = named("arrays-serial-w1-b2000", "processes-w2-b2000")
    sources = {
        name: {path.as_posix() for path in ALLELES.sources(own)} for name, own in found.items()
    }
    assert all(sources.values())
    plain = "implementations/reference.py"
    assert any(path.endswith(plain) for path in sources["reference"])
    assert not any(path.endswith(plain) for path in sources["serial-w1-b2000"])
    counting = sources["serial-w1-b2000"]
    assert not any("/simulating/" in path or "/benchmark/" in path for path in counting)
    assert all("/limits/" in path or path.endswith("stages.py") for path in sources["inflate"])
    assert "joblib" in ALLELES.packages(found["processes-w2-b2000"])
    for own in found.values():
        assert all(metadata.version(name) for name in ALLELES.packages(own))


def test_claims_are_the_guides_fourteen_in_their_order():
    numbers = [re.match(r"\d+", claim.number)[0] for claim in CLAIMS]
    assert list(dict.fromkeys(numbers)) == [str(number) for number in range(1, 15)]
    assert len({claim.number for claim in CLAIMS}) == len(CLAIMS)
    axes = {axis.name for axis in ALLELES.axes}
    for claim in CLAIMS:
        assert set(claim.workload) <= axes
        assert claim.measure in ("speed_up", "memory", "ratio", "order")
        if claim.measure == "speed_up":
            assert 1 < claim.least < claim.most


@pytest.mark.parametrize(
    ("number", "allows"),
    [("1", (0.111, 0.048)), ("2", (0.048, 0.022)), ("3", (0.022, 0.011)), ("4", (0.067, 0.011))],
)
def test_promises_allow_the_serial_fractions_that_follow_from_them(number, allows):
    claim = next(one for one in CLAIMS if one.number == number)
    ends = zip((claim.least, claim.most), claim.workers, strict=True)
    fractions = [(workers / times - 1) / (workers - 1) for times, workers in ends]
    assert fractions == pytest.approx(allows, abs=0.0006)


def test_strategies_that_claims_name_are_in_the_study_of_the_guide():
    strategies = ALLELES.strategies(CONFIGS["alleles"])
    known = {one.name for one in strategies} | {tag for one in strategies for tag in one.tags}
    for claim in CLAIMS:
        assert set(claim.strategies) <= known, claim.number


def test_program_that_is_not_installed_is_refused_with_what_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    with pytest.raises(ValueError, match="gbcms is not installed: make peers-alleles"):
        ALLELES.check(config(["serial-w1-b2000", "gbcms-w2"], files=[1], variants=[10]))


def test_program_that_takes_one_file_is_refused_for_more():
    with pytest.raises(ValueError, match="samtools-view, which takes one file"):
        ALLELES.check(config(["serial-w1-b2000", "samtools-view"]))


def test_gbcms_is_called_with_every_file_and_its_threads(made, monkeypatch, tmp_path):
    program = tmp_path / peers.FOLDER / "alleles" / "bin" / "gbcms"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    own = named("gbcms-w2")["gbcms-w2"]
    command = ALLELES.command(own, made[0], tmp_path / "out")
    assert PEER in own.tags and command[0] == str(program) and command.count("--bam") == 2
    assert option(command, "--threads") == "2" and option(command, "--format") == "maf"


def write_table(path, names, *rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in (names, *rows)))


def test_first_difference_of_gbcms_is_said_in_words(tmp_path):
    ours, theirs = tmp_path / "ours.tsv", tmp_path / "theirs"
    theirs.mkdir()
    numbers = [9, 5, 2, 3, 1, 8, 4, 3]
    write_table(
        ours, [*peers.OWN_KEY, *peers.NUMBERS.values()], ["s1", "c1", 7, "A", "G", *numbers]
    )
    key = ["s1", "c1", 7, "A", "G"]
    gbcms = named("gbcms-w1")["gbcms-w1"]
    write_table(theirs / "s1.maf", [*peers.KEY, *peers.NUMBERS], [*key, *numbers])
    assert ALLELES.difference(gbcms, ours, theirs) == ""
    same = ALLELES.digest(gbcms, theirs)
    wrong = [*numbers[:-1], 4]
    write_table(theirs / "s1.maf", [*peers.KEY, *peers.NUMBERS], [*key, *wrong])
    words = "record 1 (s1 c1 7 A G): fragment_alt is 4 in place of 3"
    assert ALLELES.difference(gbcms, ours, theirs) == words
    assert ALLELES.digest(gbcms, theirs) != same
    write_table(theirs / "s1.maf", [*peers.KEY, *peers.NUMBERS])
    assert ALLELES.difference(gbcms, ours, theirs) == "record 1 (s1 c1 7 A G) is missing"


def test_py_gbcms_is_called_at_its_own_place_and_its_vcf_is_compared(made, monkeypatch, tmp_path):
    program = tmp_path / peers.FOLDER / "py-gbcms" / "bin" / "gbcms"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    own = named("py-gbcms-w2")["py-gbcms-w2"]
    command = ALLELES.command(own, made[0], tmp_path / "out")
    assert PEER in own.tags and command[0] == str(program) and command.count("--bam") == 2
    assert option(command, "--thread") == "2" and "--filter-duplicate" in command
    assert option(command, "--bam").startswith("s1:")

    ours, theirs = tmp_path / "ours.tsv", tmp_path / "theirs"
    numbers = [9, 5, 2, 3, 1, 8, 4, 3]
    key = ["s1", "c1", 7, "A", "G"]
    write_table(ours, [*peers.OWN_KEY, *peers.NUMBERS.values()], [*key, *numbers])
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    record = ["c1", 7, ".", "A", "G", ".", ".", "DP=9", ":".join(peers.VCF_NUMBERS)]
    write_table(theirs, [*fixed, "s1"], [*record, ":".join(map(str, numbers))])
    assert ALLELES.difference(own, ours, theirs) == ""
    write_table(theirs, [*fixed, "s1"], [*record, ":".join(["0"] * 8 + ["1:2:none"])])
    words = "record 1 (s1 c1 7 A G): depth is 0 in place of 9"
    assert ALLELES.difference(own, ours, theirs) == words
    write_table(theirs, [*fixed, "s1"], [*record[:-1], "DP:RD", "9:5"])
    with pytest.raises(ValueError, match="c1:7 has no RDP, AD, ADP"):
        ALLELES.difference(own, ours, theirs)

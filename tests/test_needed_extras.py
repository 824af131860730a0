"""What of the extras a study needs, as its configuration says before anything can read YAML."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import yaml

from tiltyard.engine.kind import DEFAULT
from tiltyard.pipelines.pipeline import GROUP

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def environment():
    """The set-up's modules, which lie in no package: `configuration` and `wanted`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / ".ci" / "environment"))
        import configuration
        import wanted

        yield configuration, wanted
    for name in ("configuration", "wanted"):
        del sys.modules[name]


@pytest.fixture
def read(environment, tmp_path):
    def read(text):
        file = tmp_path / "mine.yaml"
        file.write_text(text, "utf-8")
        return environment[0].read(file)

    return read


PLAIN = {"kind": "derivatives"}
ALLELES = {"kind": "throughput", "pipeline": "alleles"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("study: mine\n", PLAIN),
        ("", PLAIN),
        ("kind: throughput\npipeline: alleles\n", ALLELES),
        ("# kind: other\n---\nkind: throughput # kind: other\n\"pipeline\" : 'alleles'\n", ALLELES),
        ("\ufeffkind:   throughput\r\npipeline:\talleles\r\n", ALLELES),
        ("  study: mine\n  kind: throughput\n  pipeline: alleles\n", ALLELES),
        ('{"kind": "throughput", "pipeline": "alleles"}', ALLELES),
        ('{"workload": {"kind": "x"}}', PLAIN),
        ("workload:\n  kind: small\n  pipeline: none\nkinds: 3\nfiles:\n- kind: x\n", PLAIN),
        ("notes: |\n  kind: throughput\n", PLAIN),
        ("levels: [1, 2\n", PLAIN),  # no YAML, which `tiltyard validate` says better
    ],
)
def test_kind_and_pipeline_are_read_as_yaml_reads_them(read, text, found):
    assert read(text) == found
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return
    assert found == {**PLAIN, **{key: content[key] for key in ALLELES if key in content}}


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("kind: &name throughput\n", 1, "kind"),
        ("kind:\n  throughput\n", 1, "kind"),
        ("study: a\npipeline: >-\n  alleles\n", 2, "pipeline"),
        ("pipeline: alleles\npipeline: reads\n", 2, "pipeline"),
        ("kind: [throughput]\n", 1, "kind"),
        ("{kind: throughput}\n", 1, "kind"),
        ("study: a\n<<: *other\n", 2, "kind"),
        ("? kind\n: throughput\n", 1, "kind"),
        ("kind: 'throughput\n", 1, "kind"),
    ],
)
def test_what_is_written_otherwise_is_refused_with_its_line(environment, read, text, line, key):
    with pytest.raises(environment[0].Unreadable) as refused:
        read(text)
    assert f"mine.yaml, line {line}: " in str(refused.value)
    assert f": {key} decides what is installed" in str(refused.value)


def test_a_file_that_is_no_text_is_refused(environment, tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"kind: \xff\n")
    with pytest.raises(environment[0].Unreadable, match="cannot be read"):
        environment[0].read(tmp_path / "mine.yaml")


def test_a_configuration_without_a_kind_is_of_the_engines_default(environment):
    assert environment[0].DEFAULT_KIND == DEFAULT


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_configuration_is_read_as_yaml_reads_it(environment, path):
    content = yaml.safe_load(path.read_text("utf-8"))
    expected = {**PLAIN, **{key: content[key] for key in ALLELES if key in content}}
    assert environment[0].read(path) == expected


def test_a_study_of_throughput_needs_no_peers_and_one_of_derivatives_no_numba(
    environment, tmp_path
):
    _, wanted = environment
    file = tmp_path / "mine.yaml"
    file.write_text("kind: throughput\npipeline: alleles\n", "utf-8")
    assert wanted.needed(ROOT, str(file)) == ["alleles", "setup", "slurm", "study"]
    file.write_text("study: mine\n", "utf-8")
    assert wanted.needed(ROOT, str(file)) == ["peers", "setup", "slurm", "study"]
    file.write_text("kind: theirs\npipeline: its-own\n", "utf-8")
    assert wanted.needed(ROOT, str(file)) == ["setup", "slurm", "study"]
    assert {"dev", "peers", "alleles"} < {*wanted.needed(ROOT, None)}


def test_what_the_set_up_installs_is_what_pipelines_say_and_extras_have(environment):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    table = project["tool"]["tiltyard"]["extras"]
    named = {*table["every"]}.union(*table["kind"].values(), *table["pipeline"].values())
    assert named <= {*project["project"]["optional-dependencies"]}
    for extra, function in table["compile"].items():
        assert extra in named and callable(EntryPoint("", function, "").load())
    points = project["project"]["entry-points"]
    assert {*table["kind"]} <= {*points["tiltyard.studies"]}
    ours = {each.name: each.load() for each in metadata.entry_points(group=GROUP)}
    ours = {name: ours[name] for name in points.get(GROUP, ())}
    said = {name: found.extra for name, found in ours.items() if found.extra}
    assert {name: [extra] for name, extra in said.items()} == table["pipeline"]

"""Configurations that are damaged at random: each is refused by name, or was still a right one."""

import copy
import math
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiltyard.engine.grid.checking import ConfigError, read_config
from tiltyard.engine.grid.scalars import REAL
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.noise import NOISE_MODELS
from tiltyard.studies.derivatives.signals import SIGNALS

CONFIGS = [
    path
    for path in sorted(Path(__file__).parents[3].glob("config/*.yaml"))
    if yaml.safe_load(path.read_text()).get("kind", "derivatives") == "derivatives"
]
SOME_SIGNALS, SOME_MODELS = sorted(SIGNALS)[:8], sorted(NOISE_MODELS)
PROFILE = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


def some(values, largest=2):
    return st.lists(values, min_size=1, max_size=largest, unique=True)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(
    lambda name: isinstance(yaml.safe_load(name), str)
)
LEVELS = st.sampled_from([0, 1e-8, 1e-3, 0.05, 0.1, 1, 2.5, 10])
CRITERIA = st.fixed_dictionaries(
    {}, optional={key: some(NAMES) for key in ("name", "family", "language", "tag")}
)
#: Valid configurations of every shape; methods are not looked up.
VALID = st.fixed_dictionaries(
    {
        "study": NAMES,
        "seed": st.integers(0, 2**128 - 1),
        "signals": some(st.sampled_from(SOME_SIGNALS)),
        "samples": some(st.integers(10, 100_000)),
        "noise_levels": some(LEVELS),
        "trials": st.integers(1, 3),
    },
    optional={
        "kind": st.just("derivatives"),
        "julia": st.booleans(),
        "noise_models": some(st.sampled_from(SOME_MODELS)),
        "orders": some(st.integers(0, 7)),
        "estimators": st.fixed_dictionaries(
            {}, optional={"include": CRITERIA, "exclude": CRITERIA}
        ),
        "evaluation": st.fixed_dictionaries(
            {},
            optional={
                "time_limit": st.sampled_from([1, 0.5, 1e-3, 300]),
                "memory_limit": st.sampled_from([200, 4096.5]),
            },
        ),
        "merge": st.fixed_dictionaries({}, optional={"estimates": st.booleans()}),
        "statistics": st.fixed_dictionaries({}, optional={"reach_threshold": LEVELS.filter(bool)}),
    },
)
#: What no key takes.
NEVER = (None, math.nan, math.inf, -1, "", " ", "x\n", "\0", {"x": 1}, [[1]], [None], 10**400)
#: Keys of the root, and what they do not take, beside `NEVER`.
WRONG = {
    "study": (1, 1.5, True, "x\n", "X", "1x", "../x", "a b", "a/b", "é", "x" * 101, ["x"]),
    "kind": (1, True, "absent", "Derivatives", "derivatives\n", ["derivatives"]),
    "seed": (-1, 1.0, True, "1", 2**128, [1]),
    "signals": ("runge", ["no"], ["runge", "runge"], [1], [True], [], ["runge\n"], {"runge": 1}),
    "samples": (101, [9], [100_001], [101.0], ["101"], [True], [101, 101], [], [1e400]),
    "noise_levels": (0.1, [-1e-9], [10.1], ["0.1"], [0.1, 0.1], [0, 0.0], [True], [], [math.nan]),
    "noise_models": ("gaussian", ["pink"], ["gaussian", "gaussian"], [], [1]),
    "trials": (0, 1.5, 2.0, True, "2", 100_001, [2], 10**30),
    "orders": (1, [8], [-1], [1.0], ["1"], [1, 1], [], [True]),
    "julia": (0, 1, "off", "no", [False]),
    "estimators": (1, "all", [], {"only": {}}, {"include": []}, {"include": {"name": "x"}}),
    "evaluation": (1, {"time_limit": 0}, {"time_limit": "5"}, {"memory_limit": 199}, {"x": 1}),
    "merge": (True, {"estimates": 1}, {"estimates": "yes"}),
    "statistics": (1, {"reach_threshold": 0}, {"reach_threshold": [0.1]}),
}
STRANGE_KEYS = (
    1,
    1.5,
    True,
    None,
    (1, 2),
    "",
    "trails",
    "Seed",
    "seed ",
    "se\u200bed",
    "a.b",
    "x" * 300,
)


def check_refusal(error, key, path):
    """Every line of the message but the first names the file, a line of it, and a key or a text."""
    head, *lines = str(error).split("\n  ")
    assert head == "the configuration is refused:" and lines
    for line in lines:
        assert re.match(rf"{re.escape(str(path))}, line \d+: .+|and \d+ more$", line), line
    assert any(key in line for line in lines), (key, lines)
    written = path.read_bytes().decode(errors="replace").split("\n")
    for line in lines:
        for remedy in re.findall(r"\((?:this is text: )?write ([^)]+)\)", line):
            number = int(re.search(r", line (\d+)", line)[1])
            assert remedy != re.split(r"[-:] ", written[number - 1])[-1].strip(), line
    assert "Error" not in str(error).replace("ConfigError", "") and len(str(error)) < 20_000


def write(config, path):
    text = yaml.dump(config, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=60)
    path.write_text(text)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("mutated") / "mine.yaml"


@settings(max_examples=500, **PROFILE)
@given(config=VALID, data=st.data())
def test_a_wrong_value_is_refused_with_its_key(path, config, data):
    """In a caller's mapping and, with file and line, in a file."""
    key = data.draw(st.sampled_from(sorted(WRONG)))
    config[key] = data.draw(st.sampled_from([*WRONG[key], *NEVER]))
    with pytest.raises(ConfigError) as error:
        Study.from_config(config)
    assert re.search(rf"^  {key}\b.*: ", str(error.value), re.M)
    write(config, path)
    with pytest.raises(ConfigError) as error:
        Study.read(path)
    check_refusal(error.value, key, path)


def mappings(config):
    return [config, *(own for own in config.values() if isinstance(own, dict))]


@settings(max_examples=400, **PROFILE)
@given(config=VALID, data=st.data())
def test_a_key_too_many_or_too_few_is_refused_by_name(path, config, data):
    if data.draw(st.booleans()):
        key = data.draw(
            st.sampled_from(["study", "seed", "signals", "samples", "noise_levels", "trials"])
        )
        del config[key]
    else:
        key = data.draw(st.sampled_from(STRANGE_KEYS))
        data.draw(st.sampled_from(mappings(config)))[key] = 1
    with pytest.raises(ConfigError) as error:
        Study.from_config(config)
    name = key if isinstance(key, str) and key.isprintable() and key else ascii(key).strip("'")
    assert name[:50] in str(error.value)
    if not isinstance(key, tuple):  # Python's own tag in YAML
        write(config, path)
        with pytest.raises(ConfigError) as error:
            Study.read(path)
        spelt = "null" if key is None else "true" if key is True else str(name)
        check_refusal(error.value, spelt[:50], path)


@settings(max_examples=100, **PROFILE)
@given(config=VALID, flow=st.sampled_from([True, False, None]), indent=st.integers(2, 8))
def test_a_right_one_is_accepted_however_it_is_laid_out(path, config, flow, indent):
    before = copy.deepcopy(config)
    study = Study.from_config(config)
    assert config == before
    text = yaml.safe_dump(config, default_flow_style=flow, indent=indent, sort_keys=True)
    path.write_text(f"# mine\n---\n{text}...\n", encoding="utf-8-sig")
    assert Study.read(path) == study
    path.with_suffix(".json").write_text(study.to_json())
    assert Study.read(path.with_suffix(".json")) == study


BYTES = st.one_of(
    st.sampled_from(
        [b"", b"\n", b" ", b"  ", b"\t", b":", b": ", b"-", b"- ", b"[", b"]", b"{", b"}"]
    ),
    st.sampled_from(
        [b"#", b"&a ", b"*a", b"!", b"!!int ", b"'", b'"', b"|", b">", b"%", b"@", b"<<: ", b"?"]
    ),
    st.sampled_from(
        [b"0", b"1", b"_", b".", b"e", b"-", b"0x", b"1:", b"~", b"on", b",", b"---\n", b"\\"]
    ),
    st.binary(min_size=1, max_size=3),
)


def plainly(path):
    """What PyYAML makes of a file, with the numbers of YAML 1.2; None if it makes nothing."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if "timestamp" not in pair[0]]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(rf"(?:{REAL.pattern})$"), list("+-.0123456789")
    )
    return yaml.load(path.read_text(encoding="utf-8-sig"), loader)


def is_right(config):
    """Whether `config` is a configuration, said once more and in other words."""
    whole = [config["seed"], config["trials"], *config["samples"], *config.get("orders", [])]
    levels = [*config["noise_levels"], *config.get("evaluation", {}).values()]
    lists = [config[key] for key in ("signals", "samples", "noise_levels")]
    return (
        re.fullmatch("[a-z][a-z0-9_]{0,99}", config["study"])
        and all(type(number) is int and number >= 0 for number in whole)
        and all(type(number) in (int, float) and math.isfinite(number) for number in levels)
        and all(10 <= number <= 100_000 for number in config["samples"])
        and all(0 <= number <= 10 for number in config["noise_levels"])
        and all(values and len(set(values)) == len(values) for values in lists)
        and set(config["signals"]) <= set(SIGNALS)
        and 1 <= config["trials"] <= 100_000
        and type(config.get("julia", True)) is bool
        and all(isinstance(key, str) for key in config)
    )


@settings(max_examples=500, **PROFILE)
@given(
    source=st.sampled_from(CONFIGS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), BYTES), min_size=1, max_size=3),
)
def test_a_damaged_file_is_refused_with_file_and_line_or_is_right(path, source, changes):
    data = source.read_bytes()
    for where, removed, added in changes:
        at = int(where * len(data))
        data = data[:at] + added + data[at + removed :]
    path.write_bytes(data)
    try:
        study = Study.read(path)
    except ConfigError as error:
        check_refusal(error, "", path)
        return
    config = plainly(path)
    assert is_right(config), data
    assert {key: study.config[key] for key in config if key not in NESTED} == {
        key: value for key, value in config.items() if key not in NESTED
    }
    assert len(study.ids) == len(set(study.ids))


#: Keys whose defaults are filled in below them.
NESTED = ("estimators", "evaluation", "merge", "statistics")


def test_shipped_configurations_are_read_as_pyyaml_reads_them():
    for source in CONFIGS:
        assert read_config(source) == plainly(source)

"""The house: pyproject.toml, environment.yml and the lock files agree; the guard guards."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import tiltyard

ROOT = Path(__file__).resolve().parents[1]

#: Name on PyPI -> (name in environment.yml, why it differs).
OTHER_NAMES = {
    "heyoka": ("heyoka.py", "conda-forge calls the C++ library heyoka"),
    "isal": ("python-isal", "conda-forge's isal is the C library"),
    "matplotlib": ("matplotlib-base", "without Qt, which matplotlib brings on conda-forge"),
    "snakemake": ("snakemake-minimal", "without the plugins for remote storage"),
}
#: What conda users install with pip -> why.
WITH_PIP = {
    "deflate": "no recipe of conda-forge or bioconda is known",
    "jill": "conda-forge's recipe names the dependencies of an older version",
    "julia": "on conda-forge it is the language, and its PyJulia is older than 0.6",
    "playwright": "on conda-forge it is the library for JavaScript",
    "pynumdiff": "not on conda-forge",
    "rocrate": "not on conda-forge in every version",
}
#: Only in environment.yml -> why.
CONDA_ALONE = {
    "julia": "`make julia` finds or installs it elsewhere",
    "python": "requires-python in pyproject.toml",
}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def required(project):
    """Package -> requirement, of pyproject.toml with all extras."""
    extras = project["optional-dependencies"].values()
    texts = project["dependencies"] + [text for extra in extras for text in extra]
    return {canonicalize_name(each.name): each for each in map(Requirement, texts)}


@pytest.fixture(scope="module")
def conda():
    """The parts of environment.yml: package -> bounds, from conda and from pip."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    pairs = [entry.partition(" ")[::2] for entry in listed if isinstance(entry, str)]
    return (
        {name: SpecifierSet(bounds) for name, bounds in pairs},
        {each.name: each.specifier for each in map(Requirement, pip)},
    )


def lock_of(path):
    """Package -> (version, marker and hashes as text), of a lock file."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)
    found = [re.match(r"([\w.-]+)==([\w.+!]+)(.*)", entry, re.S) for entry in entries if entry]
    assert all(found), f"a line of {path.name} is not name==version"
    packages = {
        canonicalize_name(name): (Version(version), rest)
        for name, version, rest in (match.groups() for match in found)
    }
    assert len(packages) == len(found), f"{path.name} names a package twice"
    return packages


@pytest.fixture(scope="module")
def locked():
    """The lock of all packages."""
    return lock_of(ROOT / "requirements.lock")


@pytest.fixture(scope="module")
def locks():
    """Extra -> its lock."""
    return {path.stem: lock_of(path) for path in (ROOT / "requirements").glob("*.lock")}


def test_environment_yml_asks_for_what_pyproject_asks_for(required, conda, project):
    from_conda, from_pip = conda
    expected_pip = {name: required[name].specifier for name in WITH_PIP}
    expected_conda = {
        OTHER_NAMES.get(name, (name,))[0]: each.specifier
        for name, each in required.items()
        if name not in WITH_PIP
    }
    assert from_pip == expected_pip
    assert {n: b for n, b in from_conda.items() if n not in CONDA_ALONE} == expected_conda
    assert from_conda["python"] == SpecifierSet(project["requires-python"])


def test_every_requirement_has_a_lower_bound(required):
    bounded = {"~=", ">="}
    unbounded = [n for n, r in required.items() if not {s.operator for s in r.specifier} & bounded]
    assert not unbounded


def test_the_lock_satisfies_pyproject(required, locked):
    for name, requirement in required.items():
        assert name in locked, f"{name} is not locked: run make lock"
        version, _ = locked[name]
        assert requirement.specifier.contains(version), f"{name} {version}: run make lock"


def test_every_extra_has_a_lock_with_the_whole_ones_versions(project, locked, locks):
    assert locks.keys() == project["optional-dependencies"].keys(), "run make lock"
    for extra, packages in locks.items():
        for text in project["dependencies"] + project["optional-dependencies"][extra]:
            name = canonicalize_name(Requirement(text).name)
            assert name in packages, f"requirements/{extra}.lock lacks {name}: run make lock"
        for name, (version, rest) in packages.items():
            whole = locked[name]
            assert (version, hashes_of(rest)) == (whole[0], hashes_of(whole[1])), (extra, name)
    assert {name for packages in locks.values() for name in packages} == locked.keys()


def test_a_derivative_studys_packages_are_without_those_of_pipelines(locks):
    needed = {*locks["setup"], *locks["slurm"], *locks["study"], *locks["peers"]}
    assert not needed & {"numba", "llvmlite", "pysam", "deflate", "mypy", "playwright"}


def test_the_lock_is_installed_exactly(locked):
    """What runs here is what the lock names (also where the environment was made otherwise)."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    if not (ROOT / ".venv" / ".tiltyard").exists() or Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("this environment was not made from the locks")
    different = {}
    for name, (version, rest) in locked.items():
        try:
            if Version(installed(name)) != version:
                different[name] = installed(name)
        except PackageNotFoundError:
            if ";" not in rest:  # not for this platform
                different[name] = None
    assert not different


def hashes_of(rest):
    return sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", rest))


def test_every_locked_file_is_hashed(locked):
    for name, (_, rest) in locked.items():
        assert hashes_of(rest), f"{name} has no hash"
        left = re.sub(r"--hash=sha256:[0-9a-f]{64}|\\\n|\s", "", rest)
        assert not left or left.startswith(";"), f"{name}: {left}"


@pytest.mark.parametrize(
    "path", [ROOT / "requirements.lock", *(ROOT / "requirements").iterdir()], ids=lambda p: p.name
)
def test_no_lock_has_an_address(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host| @ ", text)


def test_the_version_is_the_same_everywhere(project):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project["version"] == citation["version"] == tiltyard.__version__


def test_make_without_a_target_lists_every_target():
    made = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets, *_) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    assert [t for t in targets.split() if not re.search(rf"^  {t} ", made, re.M)] == []


def test_pre_commit_calls_what_make_check_calls():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repository,) = hooks["repos"]
    assert repository["repo"] == "local"  # nothing to fetch
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for hook in repository["hooks"]:
        command = hook["entry"].removesuffix(" --force-exclude")
        assert f"$(BIN)/{command}" in makefile, f"make check does not call {command}"


# The set-up, as far as it goes without a network.


@pytest.fixture
def bare(tmp_path):
    """A checkout in which nothing was installed."""
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (".ci", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def set_up(checkout, python):
    environment = {**os.environ, "PYTHON": str(python)}
    command = ["sh", checkout / ".ci" / "setup"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_set_up_says_that_python_is_missing(bare):
    done = set_up(bare, "python-that-is-not-there")
    assert done.returncode == 1
    assert "there is no python-that-is-not-there" in done.stderr
    assert "PYTHON=" in done.stderr


def test_the_set_up_refuses_an_old_python_by_its_version(bare):
    old = program(bare / "old", 'test "$1" = --version && echo Python 3.9.2')
    done = set_up(bare, old)
    assert done.returncode == 1
    assert "is Python 3.9.2, and Python 3.11 or later is needed" in done.stderr


def test_the_set_up_says_that_pip_is_missing(bare):
    # The new .venv has the same Python, and so no pip either, nor ensurepip.
    python = program(
        bare / "python",
        'case "$*" in *"-m pip"*|*"-m ensurepip"*) exit 1;; "-m venv"*) for last; do :; done;'
        ' mkdir -p "$last/bin" "$last/lib"; touch "$last/pyvenv.cfg"; cp "$0" "$last/bin/python";;'
        f' *) exec "{sys.executable}" "$@";; esac',
    )
    done = set_up(bare, python)
    assert done.returncode == 1
    assert "has no pip" in done.stderr
    assert "python3-pip" in done.stderr
    assert not (bare / ".venv").exists()


def test_a_lock_that_cannot_be_written_leaves_the_former(bare):
    """A disk that is full for the last bytes: a limit on files' size does the same."""
    before = {path: path.read_bytes() for path in (bare / "requirements").iterdir()}
    bin = bare / ".venv" / "bin"
    bin.mkdir(parents=True)
    # Leaves the draft of all as it is, and writes nothing into another.
    program(bin / "uv", 'while [ "$1" != --output-file ]; do shift; done; touch "$2"')
    lock = "a" * (100 * 512 - 50) + "\n"  # the heading does not fit
    (bare / "requirements.lock").write_text(lock)
    command = ["sh", "-c", "ulimit -f 100; exec sh .ci/lock"]
    assert subprocess.run(command, cwd=bare, capture_output=True, check=False).returncode
    assert (bare / "requirements.lock").read_text() == lock
    assert {path: path.read_bytes() for path in (bare / "requirements").iterdir()} == before
    assert not (bare / "requirements.new").exists()


# The guard.


@pytest.fixture(scope="module")
def guard():
    return runpy.run_path(str(ROOT / ".ci" / "guard.py"))


def test_no_file_of_the_repository_is_refused(guard):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so that nothing can enter a repository")
    found = list(guard["faults"](ROOT, guard["listed_files"](ROOT), guard["registries"]()))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("x" * 1_000_001 + "\n", "1,000,002 bytes"),
        ("--index-url https://registry.example/simple\n", "registry.example"),
        ("data = '/home" + "/jane/data.csv'\n", "path of one machine"),
        ("cd /ro" + "ot/study\n", "path of one machine"),
        ("<" * 7 + " HEAD\n", "unfinished merge"),
        ("blank \n", "ends with blanks"),
        ("no newline", "does not end with a newline"),
    ],
)
def test_the_guard_names_the_fault(guard, tmp_path, content, fault):
    (tmp_path / "file.txt").write_text(content, encoding="utf-8")
    (found,) = guard["faults"](tmp_path, [Path("file.txt")], ["registry.example"])
    assert found.startswith("file.txt:")
    assert fault in found


@pytest.mark.parametrize("content", ["", "results/work/home/x\n", "$root/root/usr\n", "a\0b "])
def test_the_guard_lets_pass_what_is_well(guard, tmp_path, content):
    (tmp_path / "file.txt").write_text(content, encoding="utf-8")
    assert not list(guard["faults"](tmp_path, [Path("file.txt")], ["registry.example"]))


def test_the_guard_knows_pips_own_registry_and_configured_ones(guard, monkeypatch):
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://user@mirror.example/simple file:///srv/pip")
    names = guard["registries"]()
    assert {"mirror.example", "/srv/pip"} <= names
    assert len(names) >= 3  # the default one, which is named nowhere in this repository


def test_the_readmes_configuration_is_accepted():
    from tiltyard.engine.study import Study

    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    study = Study.from_config(yaml.safe_load(block))
    assert len(study.configurations) == 2 * 2 * 2 * 2 * 5

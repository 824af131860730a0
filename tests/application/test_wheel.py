"""The package as `pip install tiltyard` brings it: a wheel, the core's packages, no checkout."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pandas
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from workplace import ROOT

from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.simulation import simulate

#: What an empty environment must do without: packages of the extra `study`.
STUDY = "heyoka jill jsonschema julia plotly psutil pyarrow yaml sklearn snakemake".split()
PIP = (sys.executable, "-m", "pip")
#: No index is asked: the packages are this environment's own, those of the lock file.
OFFLINE = {
    **{name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))},
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "MPLBACKEND": "agg",
    # Machine code of the same sources, which is compiled already.
    "NUMBA_CACHE_DIR": str(ROOT / "python/tiltyard/pipelines/alleles/compiled/__pycache__"),
    "COLUMNS": "80",
}


def run(*command, cwd, check=True):
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=OFFLINE, capture_output=True, text=True
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # building leaves files behind
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "python", source / "python", ignore=unwanted)
    build = ("wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", folder)
    run(*PIP, *build, source, cwd=folder)
    (wheel,) = folder.glob("tiltyard-*.whl")
    return wheel


@pytest.fixture(scope="module")
def light(wheel, tmp_path_factory):
    """Folder of the programs of an environment with the wheel and what the wheel asks for."""
    return environment(tmp_path_factory.mktemp("light"), wheel)


@pytest.fixture(scope="module")
def with_alleles(wheel, tmp_path_factory):
    """The same with what the extra `alleles` brings."""
    return environment(tmp_path_factory.mktemp("alleles"), wheel, "alleles")


def environment(folder, wheel, extra=""):
    """Make an environment as ``pip install tiltyard[EXTRA]`` does; its folder of programs."""
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    for distribution in closure(metadata.PathDistribution(wheel_metadata(wheel, folder)), extra):
        link(distribution, packages)
    # Were a requirement not there, pip would say so.
    install = ("install", "--quiet", "--no-compile", f"{wheel}[{extra}]" if extra else wheel)
    run(*PIP, "--python", environment / "bin" / "python", *install, cwd=folder)
    return environment / "bin"


def wheel_metadata(wheel, folder):
    """The wheel's own folder of metadata, unpacked."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        archive.extractall(folder / "metadata", names)
    (found,) = (folder / "metadata").iterdir()
    return found


def closure(distribution, extra="", found=None):
    """Distributions of this environment that `distribution` asks for with an extra, all told."""
    found = {} if found is None else found
    for text in distribution.requires or ():
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        marker = requirement.marker
        if name in found or (marker and not marker.evaluate({"extra": extra})):
            continue
        found[name] = metadata.distribution(name)
        closure(found[name], found=found)
    return list(found.values())


def link(distribution, packages):
    """Make the modules of `distribution` importable from the folder `packages`."""
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        target = packages / top
        if not target.exists():
            target.symlink_to(Path(str(distribution.locate_file(top))).resolve())


def test_the_wheel_differentiates_a_file_by_the_command(light, tmp_path):
    run(light / "tiltyard", "example", cwd=tmp_path)
    done = run(
        *(light / "tiltyard", "differentiate", "data.csv", "--order", "0:1", "--draws", "1"),
        *("--output", "d.csv", "--plot", "d.png"),
        cwd=tmp_path,
    )
    assert len(re.findall(r"^ +\d .* trusted$", done.stdout, re.M)) == 2
    assert (tmp_path / "d.csv").read_text(encoding="utf-8").startswith("t,x_d0,x_d0_sd,x_d1")
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")


def test_the_wheel_differentiates_in_python_without_the_studys_packages(light, tmp_path):
    code = f"""
import importlib.util, sys
print([name for name in {STUDY} if importlib.util.find_spec(name)])
import tiltyard
print(tiltyard.__file__)
t = [0.1 * i for i in range(21)]
found = tiltyard.differentiate(t, [time**2 for time in t], 1, noise=0)
print(abs(found.estimate[0] - 2 * found.t_eval).max() < 1e-3)
try:
    tiltyard.Differentiation
except RuntimeError as error:
    print(error)
"""
    lines = run(light / "python", "-c", code, cwd=tmp_path).stdout.splitlines()
    assert lines[0] == "[]"
    assert Path(lines[1]).is_relative_to(light.parent)  # not the checkout
    assert lines[2] == "True"
    assert lines[3].endswith("pip install 'tiltyard[study]'")


def test_the_help_lists_the_commands_without_the_studys_packages(light, tmp_path):
    said = run(light / "tiltyard", "--help", cwd=tmp_path).stdout
    assert "differentiate" in said and "status" in said


def test_a_command_that_a_kind_of_study_brings_may_be_missing(light, tmp_path):
    done = run(light / "tiltyard", "signals", cwd=tmp_path, check=False)
    words = "no command 'signals'; the study's packages bring more: pip install 'tiltyard[study]'"
    assert done.returncode == 1 and done.stderr == f"tiltyard: {words}\n"


@pytest.mark.parametrize("command", ["status", "methods"])
def test_a_command_of_the_study_says_what_it_needs(light, tmp_path, command):
    done = run(light / "tiltyard", command, cwd=tmp_path, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(
        "tiltyard: this command needs the study's packages: pip install 'tiltyard[study]'"
    )


@pytest.fixture
def counted(tmp_path):
    """Depth of all variants together, of small files in the test's folder."""
    made = simulate(Design(files=1, variants=20, depth=10, genome=20_000), tmp_path, 1)
    return int(made.truth["s1"][:, 0].sum())


COUNT = "alleles count --variants variants.vcf --fasta genome.fa --bam s1.bam --threads 1"


def test_a_command_of_a_pipeline_says_which_extra_it_needs(light, tmp_path, counted):
    words = (*COUNT.split(), "--output", "counts.tsv")
    done = run(light / "tiltyard", *words, cwd=tmp_path, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "pip install 'tiltyard[alleles]'" in done.stderr
    assert not (tmp_path / "counts.tsv").exists()


def test_the_extra_alleles_counts_reads_without_the_studys_packages(
    with_alleles, tmp_path, counted
):
    assert not list(with_alleles.parent.glob("lib/python*/site-packages/snakemake"))
    for form in ("tsv", "parquet"):
        words = (*COUNT.split(), "--output", f"counts.{form}")
        run(with_alleles / "tiltyard", *words, cwd=tmp_path)
    table = pandas.read_csv(tmp_path / "counts.tsv", sep="\t")
    assert table["depth"].sum() == counted > 0
    assert pandas.read_parquet(tmp_path / "counts.parquet")["depth"].sum() == counted

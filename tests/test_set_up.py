"""The set-up of .venv, with locks of small packages made here: no network is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from made_checkout import UV, Checkout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A checkout that is set up; not to be changed."""
    checkout = Checkout(tmp_path_factory.mktemp("made"))
    said = checkout.succeed()
    assert "Installing the 3 packages" in said and "pip does" not in said
    assert checkout.leftovers() == [".venv"]
    return checkout


@pytest.fixture
def checkout(made, tmp_path):
    """A copy of the checkout, in which the environment is right for the new place."""
    copy = Checkout(tmp_path)
    shutil.copytree(made.venv, copy.venv, symlinks=True)
    shutil.copytree(made.folder / "requirements", copy.folder / "requirements", dirs_exist_ok=True)
    copy.succeed()
    return copy


def upgrade(checkout):
    checkout.lock("demo", "2", {"demo.py": "version = 2\n"}, command="demo")


def test_by_a_link_to_the_folder_it_is_the_same_environment(checkout, tmp_path):
    (tmp_path / "link").symlink_to(checkout.folder)
    before = sorted((p, p.lstat().st_mtime_ns) for p in checkout.venv.rglob("*"))
    assert checkout.succeed() == checkout.succeed(tmp_path / "link") == ""
    assert sorted((p, p.lstat().st_mtime_ns) for p in checkout.venv.rglob("*")) == before
    upgrade(checkout)
    assert "Installing the" in checkout.succeed(tmp_path / "link")
    assert checkout.succeed() == ""
    assert checkout.imported() == "2"


def test_a_link_to_a_larger_disk_stays_a_link(checkout, tmp_path):
    (tmp_path / "disk").mkdir()
    checkout.venv.rename(tmp_path / "disk" / "env")
    checkout.venv.symlink_to(tmp_path / "disk" / "env")
    checkout.add()
    upgrade(checkout)
    checkout.succeed()
    assert checkout.venv.is_symlink()
    assert checkout.imported() == "2"
    assert checkout.imported("import mine; print('there')") == "there"
    assert subprocess.run([checkout.venv / "bin" / "demo"], check=False).returncode == 1
    assert sorted(os.listdir(tmp_path / "disk")) == ["env", "env.lock"]
    (tmp_path / "other").mkdir()
    other = Checkout(tmp_path / "other")
    other.venv.symlink_to(checkout.venv)
    done = other.set_up()
    assert done.returncode == 1 and f"is the environment of {checkout.folder} too" in done.stderr
    assert checkout.succeed() == ""
    checkout.venv.unlink()
    checkout.venv.symlink_to(tmp_path / "no disk" / "env")
    done = checkout.set_up()
    assert done.returncode == 1 and "is a link to" in done.stderr


@pytest.mark.parametrize(
    ("copied", "name"), [(False, "mit Ümlaut, 'quote' and \"more\" $HOME"), (True, "x" * 140)]
)
def test_a_moved_or_copied_folder_keeps_what_was_installed(checkout, tmp_path, copied, name):
    checkout.add()
    (checkout.venv / "lib" / "by hand").write_text("mine")
    new = tmp_path / name
    if copied:
        shutil.copytree(checkout.folder, new, symlinks=True)
    else:
        checkout.folder.rename(new)
    checkout.environment["PIP_FIND_LINKS"] = str(tmp_path / "nothing")  # nor is it needed
    checkout.succeed(new)
    assert checkout.succeed(new) == ""
    assert (new / ".venv" / "lib" / "by hand").read_text() == "mine"
    commands = ["demo", "mine", "tiltyard"]
    for command in commands:  # os.getcwd() ends with a path for its status
        done = subprocess.run([new / ".venv" / "bin" / command], capture_output=True, text=True)
        assert done.stderr.strip() == os.getcwd(), command
    assert checkout.imported("import sys; print(sys.path[-1])", new) == str(new)
    if copied:
        assert checkout.succeed() == ""
        assert checkout.imported("import mine; print('there')") == "there"


def test_what_cannot_be_carried_over_is_named_and_kept(checkout):
    checkout.add()
    for python in (checkout.venv / "bin").glob("python*"):
        if python.is_symlink() and os.readlink(python).startswith("/"):
            python.unlink()
            python.symlink_to("/nothing/bin/python3")
    said = checkout.succeed()
    assert "The Python of .venv is gone" in said
    assert "pip install mine==1\n" in said
    assert checkout.imported() == "1"
    assert checkout.leftovers() == [".venv", ".venv.before"]
    assert list((checkout.folder / ".venv.before").rglob("mine.py"))
    assert checkout.succeed() == ""


def test_a_folder_that_is_no_environment_is_refused_and_kept(checkout):
    shutil.rmtree(checkout.venv)
    (checkout.venv / "bin").mkdir(parents=True)
    (checkout.venv / "thesis.txt").write_text("all of it")
    done = checkout.set_up()
    assert done.returncode == 1 and "is no virtual environment" in done.stderr
    assert (checkout.venv / "thesis.txt").exists()
    assert checkout.leftovers() == [".venv"]


def unchanged(checkout, done, *words):
    """An upgrade that failed left what was there, and says what to do."""
    assert done.returncode not in (0, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for word in (*words, "The .venv that was there is as it was."):
        assert word in done.stderr
    assert checkout.imported() == "1"
    assert checkout.leftovers() == [".venv"]
    demo = subprocess.run([checkout.venv / "bin" / "demo"], capture_output=True, text=True)
    assert demo.stderr.strip() == os.getcwd()


def test_what_fails_leaves_what_was_there(checkout):
    project, locked = checkout.folder / "pyproject.toml", dict(checkout.locked["study"])
    sound = project.read_text()
    project.write_text(sound + "no TOML")
    unchanged(checkout, checkout.set_up(), "pyproject.toml has a mistake")
    project.write_text(sound)

    upgrade(checkout)
    entry = checkout.locked["study"]["demo"]
    checkout.locked["study"]["demo"] = entry[:-9] + "00000000\n"
    checkout.write_locks()
    unchanged(checkout, checkout.set_up(), "if a hash differs")
    checkout.locked["study"]["demo"] = entry
    checkout.write_locks()

    replace(checkout, "exit 0")  # a uv that says that all went well
    unchanged(checkout, checkout.set_up(), "demo is 1, and ==2 is locked")
    replace(checkout, f'exec "{UV}" "$@"')

    (checkout.wheels / "demo-2-py3-none-any.whl").unlink()
    unchanged(checkout, checkout.set_up(), "Without a network", "demo==2")
    checkout.locked["study"] = locked
    checkout.write_locks()
    assert checkout.succeed() == ""


def replace(checkout, script):
    """Put another uv into the environment, which is not what its package has."""
    uv = checkout.venv / "bin" / "uv"
    uv.unlink()
    uv.write_text(f"#!/bin/sh\n{script}\n")
    uv.chmod(0o755)


def test_an_interrupted_upgrade_leaves_what_was_there(checkout):
    """Interrupted in the middle, when a part of the packages is gone from the folder aside."""
    replace(
        checkout,
        '[ "$1" = --version ] || { rm -r "$(dirname "$0")/../lib"; exec sleep 60; }',
    )
    upgrade(checkout)
    aside = checkout.folder / ".venv.being-made"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue  # under nohup a set-up ignores it too
        process = checkout.start()
        wait_until(lambda: (aside / "bin" / "uv").exists() and not (aside / "lib").exists())
        process.send_signal(number)
        if number is not signal.SIGKILL:
            out, err = process.communicate(timeout=120)
            done = subprocess.CompletedProcess([], process.returncode, out, err)
            unchanged(checkout, done, "it was interrupted. Run the same command again.")
    process.wait(timeout=120)
    assert checkout.imported() == "1"
    for each in Path("/proc").glob("[0-9]*"):  # what it started still holds the lock
        if holds(each, checkout.folder / ".venv.lock"):
            os.kill(int(each.name), signal.SIGKILL)
    replace(checkout, "exit 1")
    assert "pip does" in checkout.succeed()
    assert checkout.imported() == "2"
    assert checkout.leftovers() == [".venv"]


def holds(process, file):
    try:
        return any(os.path.realpath(each) == str(file) for each in (process / "fd").iterdir())
    except OSError:
        return False


def wait_until(is_true):
    for _ in range(600):
        if is_true():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that in half a minute")


def test_two_at_once_and_at_no_time_no_environment(checkout):
    """What runs during an upgrade starts its next processes from .venv/bin."""
    upgrade(checkout)
    command = [".venv/bin/python", "-c", "import time; time.sleep(60)"]
    study = subprocess.Popen(command, cwd=checkout.folder)
    checkout.venv.chmod(0o711)
    both = [checkout.start(), checkout.start()]
    python, missing, looked = checkout.venv / "bin" / "python", 0, 0
    while any(process.poll() is None for process in both):
        missing += not python.exists()
        looked += 1
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Installing the" in out for out, _ in said) == 1
    assert looked > 1000 and missing == 0
    assert study.poll() is None
    study.kill()
    study.wait()
    assert any(f"({study.pid})" in out for out, _ in said)
    assert checkout.venv.stat().st_mode & 0o777 == 0o711
    assert checkout.imported() == "2"


def test_what_is_installed_beside_stays_and_what_is_damaged_does_not(checkout):
    checkout.add()
    (file,) = checkout.venv.rglob("demo.py")
    file.write_text("")
    checkout.lock("other", "1", {"other.py": ""})
    assert "demo: demo.py has 0 bytes of 12" in checkout.succeed()
    assert checkout.imported("import demo, mine; print(demo.version)") == "1"


ELSEWHERE = {
    "PIP_TARGET": "{}",
    "PIP_PREFIX": "{}",
    "PIP_ROOT": "{}",
    "PIP_DRY_RUN": "1",
    "PIP_USER": "1",
    "PIP_CONSTRAINT": "{}/none.txt",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_QUIET": "3",
    "PIP_PYTHON": "{}/python",
    "UV_TARGET": "{}",
    "UV_PREFIX": "{}",
    "UV_CONSTRAINT": "{}/none.txt",
    "UV_SYSTEM_PYTHON": "1",
    "UV_PYTHON": "{}/python",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "PYTHONHOME": "{}",
    "PYTHONPATH": "{}",
}


@pytest.mark.parametrize("with_uv", [True, False])
def test_settings_of_pip_and_uv_lead_no_package_elsewhere(checkout, tmp_path, with_uv):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home = tmp_path / "home" / ".config"
    (home / "pip").mkdir(parents=True)
    (home / "uv").mkdir()
    (home / "pip" / "pip.conf").write_text(
        f"[global]\ntarget = {elsewhere}\nconstraint = {elsewhere}/none.txt\nquiet = 2\n"
        f"find-links =\n    {tmp_path}/nothing\n    {checkout.wheels}\nno-index = yes\n"
        f"[install]\ndry-run = true\nroot = {elsewhere}\n"
    )
    (home / "uv" / "uv.toml").write_text(f'[pip]\ntarget = "{elsewhere}"\n')
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX"):
        del checkout.environment[name]
    if not with_uv:
        replace(checkout, "exit 1")
    upgrade(checkout)
    said = checkout.succeed(**{k: v.format(elsewhere) for k, v in ELSEWHERE.items()})
    assert ("pip does" in said) != with_uv
    assert checkout.imported() == "2"
    assert os.listdir(elsewhere) == []


@pytest.fixture
def disk(tmp_path):
    """A disk of 40 MB, which only root may have."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_what_was_there(checkout, disk):
    shutil.move(checkout.venv, disk / "env")
    checkout.venv.symlink_to(disk / "env")
    checkout.succeed()
    checkout.lock("demo", "2", {"demo.py": "version = 2\n", "large": "x" * 1_000_000})
    for left in (0, 500_000):
        size = shutil.disk_usage(disk).free - left
        (disk / "full").write_bytes(b"x" * size)
        unchanged(checkout, checkout.set_up(), "a disk is full", "ln -s")
        (disk / "full").unlink()
    checkout.succeed()
    assert checkout.imported() == "2"


def test_a_mounted_folder_is_filled_anew_from_within(checkout, disk):
    """A volume of a container, say: it cannot be renamed."""
    shutil.rmtree(checkout.venv)
    checkout.venv.symlink_to(disk)
    checkout.succeed()
    checkout.add()
    upgrade(checkout)
    checkout.succeed()
    assert checkout.imported("import demo, mine; print(demo.version)") == "2"
    assert checkout.succeed() == ""
    assert ".being-made" not in os.listdir(disk)


# What a study needs.


@pytest.fixture
def several(tmp_path):
    """A checkout in which nothing was installed, with a package of its own for two extras."""
    checkout = Checkout(tmp_path)
    warm = "def warm(): print(open('warmed', 'a').write('x'))\n"
    checkout.lock("fast", "1", {"fast.py": warm}, extras=("alleles",))
    checkout.lock("rival", "1", {"rival.py": ""}, extras=("peers",))
    return checkout


EVERY = {"packaging", "uv", "demo"}


def test_a_study_gets_what_it_needs_and_no_more_and_loses_nothing_to_another(several):
    alleles = several.config(kind="throughput", pipeline="alleles")
    said = several.succeed(config=alleles)
    assert "Installing the 4 packages of alleles, setup and study" in said
    assert "Compiling the kernels of alleles" in said
    assert several.installed() == {*EVERY, "fast"}
    several.add()
    derivatives = several.config(kind="derivatives")
    assert "Installing the 1 packages that peers adds" in several.succeed(config=derivatives)
    assert several.installed() == {*EVERY, "fast", "rival", "mine"}
    before = sorted((p, p.lstat().st_mtime_ns) for p in several.venv.rglob("*"))
    for config in (alleles, derivatives, several.config(), None):  # back and forth, and all
        assert several.succeed(config=config) == ""
    assert sorted((p, p.lstat().st_mtime_ns) for p in several.venv.rglob("*")) == before
    assert (several.folder / "warmed").read_text() == "x"  # once, for what is new


def test_a_new_version_and_a_new_python_are_for_all_that_is_there(several):
    several.succeed(config=several.config(kind="throughput", pipeline="alleles"))
    several.lock("fast", "2", {"fast.py": "version = 2\n"}, extras=("alleles",))
    plain = several.config()
    assert "Installing the 2 packages that alleles and peers add" in several.succeed(config=plain)
    assert several.imported("import fast; print(fast.version)") == "2"
    for python in (several.venv / "bin").glob("python*"):
        if python.is_symlink() and os.readlink(python).startswith("/"):
            python.unlink()
            python.symlink_to("/nothing/bin/python3")
    several.succeed(config=plain)
    assert several.installed() == {*EVERY, "fast", "rival"}


def test_without_uv_pip_installs_the_same_from_several_locks(several):
    broken = {"uv": "#!/bin/sh\nexit 1\n"}
    several.lock("uv", "1", {"uv_is.py": ""}, scripts=broken, extras=("setup",))
    config = several.config(kind="throughput", pipeline="alleles")
    assert "pip does" in several.succeed(config=config)
    assert several.installed() == {*EVERY, "fast"}


def test_a_configuration_that_cannot_be_read_is_refused_before_anything_is_installed(several):
    (several.folder / "mine.yaml").write_text("study: mine\nkind: &k throughput\n", "utf-8")
    done = several.set_up(config="mine.yaml")
    assert done.returncode == 1 and done.stdout == ""
    assert "mine.yaml, line 2: 'kind: &k throughput'" in done.stderr
    assert "as in `kind: derivatives`" in done.stderr
    assert not several.venv.exists()

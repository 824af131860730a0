"""The set-up of .venv, with a lock of small packages made here: no network is needed."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Builds the project of a made-up checkout: one command, and one path in site-packages.
BACKEND = """
import os
from wheels import write_wheel

def build_editable(folder, config_settings=None, metadata_directory=None):
    return write_wheel(folder, "tiltyard", "1", {"tiltyard_path.pth": os.getcwd()}, "tiltyard")
"""


def write_wheel(folder, name, version, files, command=None, scripts=()):
    """A wheel of `files` (path -> text), with a command of that name; its file name."""
    info = f"{name}-{version}.dist-info"
    files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    files |= {f"{name}-{version}.data/scripts/{n}": t.encode() for n, t in dict(scripts).items()}
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    )
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if command:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{command} = os:getcwd\n".encode()
    rows = [f"{info}/RECORD,,"]
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}")
    files[f"{info}/RECORD"] = ("\n".join(rows) + "\n").encode()
    file = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return file.name


class Checkout:
    """A made-up checkout, the wheels that its lock names, and a home without settings."""

    def __init__(self, top):
        self.top, self.folder, self.wheels = top, top / "a folder", top / "wheels"
        for each in (self.folder, self.wheels, top / "home"):
            each.mkdir()
        shutil.copytree(ROOT / ".ci", self.folder / ".ci")
        source = Path(__file__).read_text("utf-8")
        helper = source[source.index("def write_wheel") : source.index("class Checkout")]
        imports = "import base64, hashlib, zipfile\nfrom pathlib import Path\n"
        (self.folder / "wheels.py").write_text(imports + helper, "utf-8")
        (self.folder / "backend.py").write_text(BACKEND, "utf-8")
        (self.folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            '[project]\nname = "tiltyard"\nversion = "1"\nrequires-python = ">=3.11"\n',
            "utf-8",
        )
        import packaging

        files = Path(packaging.__file__).parent.glob("*.py")
        self.locked = {}
        self.lock("packaging", "1", {f"packaging/{f.name}": f.read_bytes() for f in files})
        uv = f'#!/bin/sh\nexec "{ROOT}/.venv/bin/uv" "$@"\n'
        self.lock("uv", "1", {"uv_is.py": ""}, scripts={"uv": uv})
        self.lock("demo", "1", {"demo.py": "version = 1\n"}, command="demo")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(top / "home"),
            "PYTHON": sys.executable,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
        }

    @property
    def venv(self):
        return self.folder / ".venv"

    def lock(self, name, version, files, **more):
        """Put a package into the lock."""
        wheel = self.wheels / write_wheel(self.wheels, name, version, files, **more)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.locked[name] = f"{name}=={version} \\\n    --hash=sha256:{digest}\n"
        self.write_lock()

    def write_lock(self):
        text = "# The lock.\n" + "".join(self.locked.values())
        (self.folder / "requirements.lock").write_text(text, "utf-8")

    def start(self, folder=None, **more):
        command = ["sh", (folder or self.folder) / ".ci" / "setup"]
        environment = self.environment | more
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)

    def set_up(self, folder=None, **more):
        process = self.start(folder, **more)
        out, err = process.communicate()
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def succeed(self, *args, **more):
        done = self.set_up(*args, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def imported(self, text="import demo; print(demo.version)", folder=None):
        python = (folder or self.folder) / ".venv" / "bin" / "python"
        return subprocess.run(
            [python, "-c", text], capture_output=True, text=True, check=False
        ).stdout.strip()

    def add(self, name="mine"):
        """Install a package beside the lock, with a command."""
        write_wheel(self.wheels, name, "1", {f"{name}.py": ""}, name)
        pip = [sys.executable, "-m", "pip", "--python", self.venv / "bin" / "python"]
        where = ["--no-index", "--find-links", self.wheels]
        subprocess.run([*pip, "install", "-q", *where, name], check=True)

    def leftovers(self):
        return sorted(p.name for p in self.folder.glob(".venv*") if p.name != ".venv.lock")


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
    (copy.folder / "requirements.lock").write_bytes(
        (made.folder / "requirements.lock").read_bytes()
    )
    copy.succeed()
    return copy


def upgrade(checkout):
    checkout.lock("demo", "2", {"demo.py": "version = 2\n"}, command="demo")


def test_what_is_up_to_date_is_left_alone(checkout):
    before = sorted((p, p.lstat().st_mtime_ns) for p in checkout.venv.rglob("*"))
    assert checkout.succeed() == ""
    assert sorted((p, p.lstat().st_mtime_ns) for p in checkout.venv.rglob("*")) == before


def test_by_a_link_to_the_folder_it_is_the_same_environment(checkout, tmp_path):
    (tmp_path / "link").symlink_to(checkout.folder)
    inode = checkout.venv.stat().st_ino
    assert checkout.succeed(tmp_path / "link") == ""
    upgrade(checkout)
    checkout.succeed(tmp_path / "link")
    assert checkout.venv.stat().st_ino != inode
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
    checkout.venv.unlink()
    checkout.venv.symlink_to(tmp_path / "no disk" / "env")
    done = checkout.set_up()
    assert done.returncode == 1 and "is a link to" in done.stderr


def test_an_environment_of_two_checkouts_is_refused(checkout, tmp_path):
    (tmp_path / "other").mkdir()
    other = Checkout(tmp_path / "other")
    other.venv.symlink_to(checkout.venv)
    done = other.set_up()
    assert done.returncode == 1 and f"is the environment of {checkout.folder} too" in done.stderr
    assert checkout.succeed() == ""


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("name", ["moved", "mit Ümlaut, 'quote' and \"more\" $HOME", "x" * 140])
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
    path = "import sys; print([p for p in sys.path if p.startswith(%r)][-1])" % str(tmp_path)
    assert checkout.imported(path, new) == str(new)
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


def test_without_its_files_an_upgrade_leaves_what_was_there(checkout):
    upgrade(checkout)
    (checkout.wheels / "demo-2-py3-none-any.whl").unlink()
    unchanged(checkout, checkout.set_up(), "Without a network", "demo==2")


def test_with_another_hash_an_upgrade_leaves_what_was_there(checkout):
    upgrade(checkout)
    checkout.locked["demo"] = checkout.locked["demo"][:-9] + "00000000\n"
    checkout.write_lock()
    unchanged(checkout, checkout.set_up(), "if a hash differs")


def test_a_fault_in_the_project_leaves_what_was_there(checkout):
    with (checkout.folder / "pyproject.toml").open("a") as file:
        file.write("no TOML")
    unchanged(checkout, checkout.set_up(), "pyproject.toml has a mistake")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_interrupted_upgrade_leaves_what_was_there(checkout, number):
    """Interrupted in the middle, when a part of the packages is installed in the folder aside."""
    hangs = (
        '#!/bin/sh\n[ "$1" = --version ] || { rm -r "$(dirname "$0")/../lib"; exec sleep 60; }\n'
    )
    uv = checkout.venv / "bin" / "uv"
    uv.unlink()
    uv.write_text(hangs)
    uv.chmod(0o755)
    upgrade(checkout)
    process = checkout.start()
    aside = checkout.folder / ".venv.being-made"
    wait_until(
        lambda: aside.exists() and (aside / "bin" / "uv").exists() and not (aside / "lib").exists()
    )
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate()
    assert time.monotonic() - begun < 30
    if number is signal.SIGKILL:
        assert checkout.imported() == "1"
        sleeper = [
            p for p in Path("/proc").glob("[0-9]*") if holds(p, checkout.folder / ".venv.lock")
        ]
        for each in sleeper:  # what it started still runs, and nobody disturbs it
            os.kill(int(each.name), signal.SIGKILL)
    else:
        done = subprocess.CompletedProcess([], process.returncode, out, err)
        unchanged(checkout, done, "it was interrupted. Run the same command again.")
    (checkout.venv / "bin" / "uv").write_text("#!/bin/false\n")
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


def test_two_at_once_wait_for_each_other(checkout):
    upgrade(checkout)
    both = [checkout.start(), checkout.start()]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Installing the" in out for out, _ in said) == 1
    assert checkout.imported() == "2"


def test_at_no_time_is_there_no_environment(checkout):
    """What runs during an upgrade starts its next processes from .venv/bin."""
    upgrade(checkout)
    process = checkout.start()
    python, missing, looked = checkout.venv / "bin" / "python", 0, 0
    while process.poll() is None:
        missing += not python.exists()
        looked += 1
    assert process.returncode == 0
    assert looked > 1000 and missing == 0


def test_what_is_installed_beside_stays(checkout):
    checkout.add()
    upgrade(checkout)
    checkout.succeed()
    assert checkout.imported("import demo, mine; print(demo.version)") == "2"


def test_a_damaged_package_is_installed_again_and_named(checkout):
    (file,) = checkout.venv.rglob("demo.py")
    file.write_text("")
    checkout.lock("other", "1", {"other.py": ""})
    assert "demo: demo.py has 0 bytes of 12" in checkout.succeed()
    assert checkout.imported() == "1"


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
        uv = checkout.venv / "bin" / "uv"
        uv.unlink()
        uv.symlink_to("/bin/false")
    upgrade(checkout)
    said = checkout.succeed(**{k: v.format(elsewhere) for k, v in ELSEWHERE.items()})
    assert ("pip does" in said) != with_uv
    assert checkout.imported() == "2"
    assert os.listdir(elsewhere) == []


def test_a_lock_is_recorded_only_after_a_look(checkout):
    """A uv, and a pip, that say that all went well."""
    uv = checkout.venv / "bin" / "uv"
    uv.unlink()
    uv.write_text("#!/bin/sh\nexit 0\n")
    uv.chmod(0o755)
    upgrade(checkout)
    unchanged(checkout, checkout.set_up(), "demo is 1, and ==2 is locked")

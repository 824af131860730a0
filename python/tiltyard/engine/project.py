"""The project's folder, which a study needs; differentiating one's own data does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def project_root() -> Path:
    """Folder of the project: the one with the `Snakefile`.

    Raises
    ------
    RuntimeError
        If the package was installed away from its project.
    """
    here = Path(__file__).resolve()
    for folder in here.parents:
        if (folder / "Snakefile").is_file():
            return folder
    raise RuntimeError(
        f"no Snakefile in any folder above {here}: a study runs from a checkout of Tiltyard; "
        "install it there with `pip install --editable '.[study]'` (`make study` does)"
    )

"""Test-only packages that bring methods or kinds of studies, installed as pip would."""

from pathlib import Path


def install(site: Path, name: str, text: str, points: str, version: str = "1.0") -> Path:
    """Put a package with one file of code into the folder `site`.

    Parameters
    ----------
    site : path
        Folder on the search path.
    name : str
        Of the package and of its module.
    text : str
        The module's code.
    points : str
        Content of its ``entry_points.txt``.
    version : str

    Returns
    -------
    path
        The module's file.
    """
    module = site / name / "__init__.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(text)
    facts = site / f"{name}-{version}.dist-info"
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (facts / "entry_points.txt").write_text(points)
    (facts / "top_level.txt").write_text(f"{name}\n")
    return module


def install_estimators(site: Path, name: str, text: str, version: str = "1.0") -> Path:
    """Put a package with Python estimators into `site`; see `install`."""
    return install(site, name, text, f"[tiltyard.estimators]\nany = {name}\n", version)

"""The subcommands that only the derivative study has."""

import pytest
import yaml
from commandline import tiltyard
from workplace import ROOT

from tiltyard.studies.derivatives.julia import image, runtime


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a configuration like the pilot's; whoever installs or compiles Julia fails."""

    def refuse(*_):
        raise AssertionError("Julia was asked for")

    monkeypatch.setattr(runtime, "install_julia", refuse)
    monkeypatch.setattr(image, "build_image", refuse)

    def write(**changes):
        config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text("utf-8")) | changes
        path = tmp_path / "a study.yaml"
        path.write_text(yaml.safe_dump(config), "utf-8")
        return path

    return write


def test_a_mistake_is_refused_before_julia_is_installed(write):
    path = write(trails=3)
    done = tiltyard("julia", "--install", "--compile", "--config", str(path), check=False)
    assert done.returncode == 1
    assert "did you mean 'trials'" in done.stderr


@pytest.mark.parametrize(
    "changes", [{"julia": False}, {"estimators": {"include": {"language": ["python"]}}}]
)
def test_a_study_without_julia_installs_none(write, changes):
    path = write(**changes)
    done = tiltyard("julia", "--install", "--compile", "--config", str(path))
    assert done.stdout == "study pilot: takes no Julia\n"


@pytest.mark.julia
def test_an_unknown_estimator_is_refused_before_anything_is_compiled(write):
    path = write(estimators={"include": {"name": ["whitaker"]}})
    done = tiltyard("julia", "--compile", "--config", str(path), check=False)
    assert done.returncode == 1
    assert "whitaker" in done.stderr

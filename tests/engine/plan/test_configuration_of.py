"""The configuration that Snakemake's command line names is read again, as by every command."""

import pytest

from tiltyard.engine.grid.places import ConfigError
from tiltyard.engine.plan.snakemake import configuration_of
from tiltyard.engine.study import Study

MINE = """\
study: mine
seed: 1
signals: [runge]
samples: [20]
noise_levels: [1e-3]
trials: 1
evaluation: {memory_limit: 500}
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def study_of(files, entries):
    return Study.from_config(configuration_of(files, entries)[0])


def test_check_is_a_setting_of_the_command_line_and_no_key_of_the_study(mine):
    found, check = configuration_of([mine], ["check=true", "trials=2"])
    assert check is True and "check" not in found
    assert configuration_of([mine], [])[1] is False
    with pytest.raises(ConfigError, match="--config check=maybe: use true or false"):
        configuration_of([mine], ["check=maybe"])
    mine.write_text(MINE + "check: true\n")
    with pytest.raises(ConfigError, match="check: unknown key"):
        study_of([mine], [])


def test_settings_override_files_and_later_files_earlier_ones(mine, tmp_path):
    more = tmp_path / "more.json"
    more.write_text('{"trials": 3, "evaluation": {"time_limit": 7}}')
    entries = ["noise_levels=[1.0e-3, 1e-2]", "evaluation={time_limit: 5}", "julia=off"]
    study = study_of([mine, more], entries)
    assert study.config["noise_levels"] == [1e-3, 1e-2] and study.config["julia"] is False
    assert (study.limits.seconds, study.limits.memory_mb) == (5, 500)
    assert len(study.ids) == 6


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("trials=0", "--config: trials: got 0"),
        ("trials=1:40", "--config: trials: got 1:40"),
        ("trails=1", "--config: trails: unknown key, with 1; did you mean 'trials'"),
        ("noise_levels=0.1", "--config: noise_levels: got 0.1, needs a list"),
        ("noise_levels=[0.1, 0.1]", "--config: noise_levels: needs different values"),
        ("evaluation={time_limit: -5}", "--config: evaluation.time_limit: got -5"),
        ("signals=[lorentz]", "--config: signals[0]: 'lorentz' is unknown; did you mean lorenz"),
        ("kind=absent", "--config: kind: 'absent' is unknown"),
    ],
)
def test_a_fault_of_a_setting_names_the_option_and_one_of_the_file_its_line(mine, entry, words):
    with pytest.raises(ConfigError) as error:
        study_of([mine], [entry, "samples=[9]"])
    said = str(error.value)
    assert words in said or "--config: samples[0]: got 9" in said
    mine.write_text(MINE.replace("seed: 1", "seed: -1"))
    with pytest.raises(ConfigError, match=rf"{mine}, line 2: seed: got -1"):
        study_of([mine], ["trials=2"])


def test_without_a_file_what_is_missing_is_missing_on_the_command_line():
    with pytest.raises(ConfigError, match="--config: seed: missing"):
        study_of([], ["study=x"])

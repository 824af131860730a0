"""Files and settings that Snakemake is given are read as every command reads them."""

import pytest
import yaml
from workplace import TINY, Workplace

from tiltyard.engine.study import Study

pytestmark = pytest.mark.workflow


@pytest.fixture
def tiny(tmp_path) -> Workplace:
    return Workplace(tmp_path, {**TINY, "estimators": {"include": {"name": ["zero", "truth"]}}})


def dry_run(tiny, *arguments):
    done = tiny.snakemake("--cores", "1", "--dry-run", *arguments)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_settings_are_numbers_as_in_a_file_and_their_faults_are_named(tiny):
    status, said = dry_run(tiny, "--config", "noise_levels=[1.0e-3, 1e-4]", "trials=3", "study=x")
    assert status == 0 and "study x: 6 configurations" in said
    status, said = dry_run(tiny, "--config", "evaluation={time_limit: -5}", "trials=1:40")
    assert status == 1 and "--config: trials: got 1:40" in said
    assert not tiny.results.exists()


def test_what_snakemakes_parser_lets_pass_is_refused_with_file_and_line(tiny):
    path = tiny.folder / "mine.yaml"
    text = yaml.safe_dump(tiny.config, default_flow_style=None, sort_keys=False)
    path.write_text(text + "trials: 3\nseed: 010\n")
    status, said = dry_run(tiny, "--configfile", str(path))
    assert status == 1
    assert f"{path}, line 11: trials: written twice: 3 here, 2 in line 7" in said
    assert f"{path}, line 12: seed: got 010" in said


def test_results_of_another_seed_are_refused_before_any_job(tiny):
    tiny.results.mkdir(parents=True)
    text = Study.from_config(tiny.config).to_json()
    (tiny.results / "study.json").write_text(text)
    for arguments in (["--dry-run"], []):
        done = tiny.snakemake("--cores", "1", *arguments, "--config", "seed=2")
        said = done.stdout + done.stderr
        assert done.returncode == 1 and "Traceback" not in said
        assert "--config: seed: got seed 2, but results/tiny has the results of seed 1" in said
    assert [file.name for file in tiny.results.iterdir()] == ["study.json"]
    assert (tiny.results / "study.json").read_text() == text

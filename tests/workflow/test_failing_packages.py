"""A real run among packages that misbehave, in a folder whose files are called like modules."""

import json

import pandas as pd
import pytest
from hostile_packages import FAILING, GOOD, MOVING, registering
from packages import install_estimators
from workplace import TINY, Workplace

#: Names that the standard library, NumPy and this package have.
SHADOWS = ("json", "random", "numpy", "typing", "signal", "queue", "statistics", "tiltyard")
FAILS = ("raises", "segfaults", "takes_a_name")
#: It ends every process that forks workers, and none that lists it.
TRAP = (
    "import os, sys\n"
    "if 'tiltyard.engine.work.worker' in sys.modules: os._exit(4)\n" + registering("trapped")
)
IN_CALL = """
import os
@estimator("moving_in_call", **FACTS)
def moving_in_call(t, y, t_eval, orders):
    os.chdir("/")
    print("{")
    return flat(t, y, t_eval, orders)
"""
CONFIG = {
    **TINY,
    "orders": [0, 1],
    "estimators": {
        "include": {"family": ["control"]},
        "exclude": {"tag": ["oracle", "model"]},
    },
}


def workplace(folder):
    """A folder with the packages, and with files that note whoever imports them."""
    place = Workplace(folder, CONFIG)
    for name in FAILS:
        install_estimators(folder / "site", name, FAILING[name][0])
    for name in ("prints", "moves", "patches"):
        install_estimators(folder / "site", name, MOVING[name])
    install_estimators(folder / "site", "trap", TRAP)
    install_estimators(folder / "site", "in_call", GOOD + IN_CALL)
    for name in SHADOWS:
        text = (
            f"open({str(folder / 'taken')!r}, 'a').write({name!r})\nraise RuntimeError({name!r})\n"
        )
        (folder / f"{name}.py").write_text(text)
    return place


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    place = workplace(tmp_path_factory.mktemp("packages"))
    place.said = place.run()
    return place


def test_no_file_of_the_working_folder_was_taken_for_a_module(finished):
    assert not (finished.folder / "taken").exists()


def test_the_run_names_the_packages_that_fail(finished):
    first = finished.said
    for name in FAILS:
        assert first.count(f" {name} 1.0") == 1, first
    assert "warning: without the estimators of raises 1.0: ValueError: on purpose" in first


def test_every_other_estimator_has_its_rows_and_ours_their_numbers(finished):
    rows = pd.DataFrame(finished.rows())
    statuses = {name: set(own["status"]) for name, own in rows.groupby("method")}
    good = ["constant", "moving", "moving_in_call", "patching", "printing", "truth", "zero"]
    assert statuses == {**{name: {"ok"} for name in good}, "trapped": {"crashed"}}
    (message,) = set(rows.loc[rows["method"] == "trapped", "message"])
    assert message.startswith("no worker of trap can be started")
    assert set(rows.loc[rows["method"] == "truth", "nrmse"]) == {0.0}


def test_status_and_page_name_them_too(finished):
    config = ("--config", "config.yaml")
    state = json.loads(finished.tiltyard("status", *config, "--format", "json").stdout)
    assert (state["done"], state["rows"]) == (2, {"ok": 28, "crashed": 4})
    assert [fault["package"] for fault in state["failed_packages"]] == sorted(FAILS)
    assert {fault["version"] for fault in state["failed_packages"]} == {"1.0"}
    assert "takes no part: raises 1.0: ValueError" in finished.tiltyard("status", *config).stdout
    assert (finished.results / "report.html").exists()
    listed = finished.tiltyard("methods", *config, "--format", "json")
    assert "warning: without the estimators of raises 1.0" in listed.stderr
    assert {one["package"] for one in json.loads(listed.stdout)} >= {"", "prints", "trap"}


def test_nothing_is_run_again_and_a_study_that_names_one_is_refused(finished):
    assert "Nothing to be done" in finished.run()
    names = {"include": {"name": ["zero", "a_class"]}}
    install_estimators(finished.folder / "site", "late", "1 / 0\n" + registering("a_class"), "3.1")
    finished.config = {**CONFIG, "study": "other", "estimators": names}
    done = finished.snakemake("--cores", "1")
    finished.config = CONFIG
    said = done.stdout + done.stderr
    assert done.returncode and "'a_class' is of late 3.1: ZeroDivisionError" in said
    assert not (finished.folder / "results" / "other").exists()

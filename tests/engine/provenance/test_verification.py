"""Verification without a study: planted tables, and methods that are formulas."""

import math

import pyarrow as pa
import pytest
from planted_study import KIND, Planted, study_in

from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.kind import Measures
from tiltyard.engine.provenance.findings import Finding, Verification
from tiltyard.engine.provenance.row_differences import Tolerance, differences, other_choices
from tiltyard.engine.provenance.rows import EvaluationKey, configurations_in, rows_by_key
from tiltyard.engine.provenance.verification import Comparison, check_files, draw_sample
from tiltyard.engine.provenance.verifying import _tolerance

CONFIGURATIONS = ["a", "b", "c"]
WITHIN = KIND.within
METHODS = [("line", "python"), ("line", "julia"), ("wave", "python")]


def rows(configuration, methods=METHODS, **changes):
    """Two orders of each method; every number follows from names, costs apart."""
    found = []
    for name, language in methods:
        number = METHODS.index((name, language))
        for order in (0, 1):
            value = math.sqrt(2.0 + number + order + ord(configuration))
            row = {
                "configuration": configuration,
                "method": name,
                "language": language,
                "order": order,
                "status": "ok",
                "nrmse": value,
                "settings": '{"width": 3}',
                "cpu_seconds": 0.1,
                "version": "1",
                "estimate": [value, -value, math.nan],
            }
            found.append(row | changes)
    return pa.Table.from_pylist(found)


def one(**changes):
    """The rows of one evaluation, changed in order 1."""
    table = rows("a", METHODS[:1]).to_pylist()
    table[1] |= changes
    return pa.Table.from_pylist(table)


def write_merged(tables, folder, left_out=()):
    merged = pa.concat_tables(tables).drop_columns(list(left_out))
    write_table(merged, {}, folder / "results.parquet")


@pytest.fixture
def folder(tmp_path):
    for name in CONFIGURATIONS:
        write_table(rows(name), {}, tmp_path / "evaluations" / f"{name}.parquet")
    write_merged(map(rows, CONFIGURATIONS), tmp_path)
    return tmp_path


def recompute(configuration, keys):
    chosen = [method for method in METHODS if (configuration, *method) in keys]
    return rows(configuration, chosen, cpu_seconds=9.9)


def verify(folder, *chosen, faults=(), versions=None, recompute=recompute, tolerance=None):
    report = Verification("planted", 9, tolerance or Tolerance(), faults=list(faults))
    versions = dict.fromkeys(METHODS, "1") if versions is None else versions
    Comparison(study_in(folder), recompute, versions, report).run(
        {EvaluationKey(*key) for key in chosen}
    )
    return report


def test_tables_that_say_the_same_are_verified(folder):
    report = verify(folder, ("a", *METHODS[0]), ("c", *METHODS[2]))
    assert report.passed and len(report.found(Finding.SAME)) == 2
    assert not report.contradictions and not report.faults


def test_one_more_digit_is_found_by_computing_again(folder):
    table = rows("b", METHODS[1:2]).to_pylist()
    table[1]["nrmse"] = math.nextafter(table[1]["nrmse"], math.inf)
    changed = pa.Table.from_pylist(table)
    report = verify(folder, ("b", *METHODS[1]), recompute=lambda name, keys: changed)
    (verdict,) = report.found(Finding.DIFFERENT)
    assert verdict.key == ("b", *METHODS[1]) and not report.passed
    assert [(each.row, each.column) for each in verdict.differences] == [({"order": 1}, "nrmse")]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"status": "failed"}, "status"),
        ({"nrmse": math.nan}, "nrmse"),
        ({"nrmse": None}, "nrmse"),
        ({"settings": '{"width": 5}'}, "settings"),
        ({"estimate": [1.0, 2.0]}, "estimate"),
        ({"estimate": None}, "estimate"),
        ({"estimate": [11.0, 12.0, 13.0]}, "estimate"),
        ({"order": 2}, "row"),
    ],
)
def test_whatever_is_changed_in_a_row_is_a_difference(change, column):
    found = differences(one(), one(**change), Tolerance(), WITHIN)
    assert {each.column for each in found} == {column}
    assert not differences(one(), one(), Tolerance(), WITHIN)
    assert not differences(one(), one(cpu_seconds=5.0), Tolerance(), WITHIN)


def test_a_row_that_one_table_has_alone_is_named():
    found = differences(one(), one(order=2), Tolerance(), WITHIN)
    assert [(each.row, each.here) for each in found] == [
        ({"order": 1}, "a row"),
        ({"order": 2}, "no row"),
    ]


def test_rows_of_methods_that_have_one_are_compared_without_a_place():
    here, there = (one(nrmse=value).slice(1) for value in (1.0, 2.0))
    (found,) = differences(here, there, Tolerance(), ())
    assert (found.row, found.column) == ({}, "nrmse")
    assert len(rows_by_key(here, ())) == 1
    with pytest.raises(ValueError, match="one of them twice"):
        rows_by_key(one(), ())


def test_a_missing_column_is_a_difference():
    (found,) = differences(one(), one().drop_columns(["settings"]), Tolerance(), WITHIN)
    assert (found.column, found.there) == ("settings", "no column")


def test_tolerance_bounds_numbers_by_the_larger_one_and_lists_by_their_norm():
    value = one()["nrmse"][1].as_py()
    near, far = value * (1 + 0.9e-6), value * (1 + 1.1e-6)
    tolerance = Tolerance(1e-6)
    assert not differences(one(), one(nrmse=near), tolerance, WITHIN)
    assert differences(one(), one(nrmse=far), tolerance, WITHIN)
    # A small entry of a list may be off by more than its own share.
    lists = [one(estimate=[1.0, small, math.nan]) for small in (1e-9, 2e-9)]
    assert not differences(*lists, tolerance, WITHIN)
    assert differences(*lists, Tolerance(1e-10), WITHIN)
    # What is not finite is never close.
    for other in (math.nan, math.inf):
        assert differences(one(), one(nrmse=other), Tolerance(1.0, 1.0), WITHIN)
        assert differences(one(), one(estimate=[value, other, math.nan]), Tolerance(1.0), WITHIN)


def test_elsewhere_a_tipped_choice_says_nothing_and_a_moved_digit_is_no_choice(folder):
    tolerance = Tolerance(1e-2, 1e-9, ("nrmse", "estimate"), "settings")

    def again(settings, nrmse=7.0):
        changed = rows("a", METHODS[:1], settings=settings, nrmse=nrmse)
        return (
            verify(
                folder,
                ("a", *METHODS[0]),
                recompute=lambda name, keys: changed,
                tolerance=tolerance,
            )
            .recomputed[0]
            .finding
        )

    assert again('{"width": 3}') is Finding.DIFFERENT
    for tipped in ('{"width": 4}', '{"width": [3]}', '{"height": 3}', '{"width": 3.1}'):
        assert again(tipped) is Finding.UNSETTLED
    assert not other_choices(
        one(settings='{"w": [1.0]}'), one(settings='{"w": [1.0000001]}'), "settings"
    )
    assert other_choices(one(settings='{"w": [1.0]}'), one(settings='{"w": [1.00001]}'), "settings")


def altered(folder, name):
    return check(folder, {f"evaluations/{name}.parquet": "0" * 64})


def check(folder, files):
    report = Verification("planted", 9)
    check_files({"files": files}, folder, report)
    return report.faults


def test_changed_number_in_the_file_of_an_evaluation_is_named_and_judged(folder):
    table = rows("b").to_pylist()
    table[2]["nrmse"] += 1e-12
    write_table(pa.Table.from_pylist(table), {}, folder / "evaluations" / "b.parquet")
    report = verify(folder, faults=altered(folder, "b"))
    (found,) = report.contradictions
    assert found.key == ("b", "line", "julia") and not report.passed
    assert [(each.row, each.column) for each in found.differences] == [({"order": 0}, "nrmse")]
    # The merged table is right: computing again agrees with it.
    assert [verdict.finding for verdict in report.recomputed] == [Finding.SAME]


def test_changed_estimate_that_is_not_merged_is_found_by_computing_again(folder):
    write_merged(map(rows, CONFIGURATIONS), folder, ["estimate"])
    write_table(rows("b", estimate=[1.0]), {}, folder / "evaluations" / "b.parquet")
    report = verify(folder, ("b", *METHODS[0]), ("a", *METHODS[0]))
    (verdict,) = report.found(Finding.DIFFERENT)
    assert verdict.key.configuration == "b" and not report.contradictions
    assert {each.column for each in verdict.differences} == {"estimate"}


def test_without_the_files_of_the_evaluations_the_rest_is_compared(folder):
    write_merged(map(rows, CONFIGURATIONS), folder, ["estimate"])
    (folder / "evaluations").rename(folder / "elsewhere")
    report = Verification("planted", 9)
    check_files({"files": {"evaluations/a.parquet": "0" * 64}}, folder, report)
    assert report.left_out == ["evaluations"]
    chosen = {EvaluationKey("a", *METHODS[0]), EvaluationKey("b", *METHODS[1])}
    changed = rows("b", METHODS[1:2], nrmse=0.5)
    Comparison(
        study_in(folder),
        lambda name, keys: changed if name == "b" else recompute(name, keys),
        dict.fromkeys(METHODS, "1"),
        report,
    ).run(chosen)
    assert [each.finding for each in report.recomputed] == [Finding.SAME, Finding.DIFFERENT]


def test_changed_cost_contradicts_although_no_other_run_has_it(folder):
    table = rows("b", cpu_seconds=0.2)
    write_table(table, {}, folder / "evaluations" / "b.parquet")
    assert len(verify(folder, faults=altered(folder, "b")).contradictions) == len(METHODS)
    assert verify(folder, ("b", *METHODS[0])).contradictions  # as the table is read anyway


def test_evaluation_that_is_missing_on_either_side_contradicts(folder):
    write_table(rows("a", METHODS[:2]), {}, folder / "evaluations" / "a.parquet")
    write_table(rows("c"), {}, folder / "evaluations" / "c.parquet")
    merged = [rows("a"), rows("b"), rows("c", METHODS[1:])]
    write_merged(merged, folder)
    faults = [*altered(folder, "a"), *altered(folder, "c")]
    report = verify(folder, faults=faults)
    named = {each.key for each in report.contradictions}
    assert named == {("a", *METHODS[2]), ("c", *METHODS[0])}


def test_chosen_evaluation_without_rows_fails(folder):
    write_merged([rows("a")], folder)
    report = verify(folder, ("c", *METHODS[0]), ("a", *METHODS[0]))
    (verdict,) = report.found(Finding.DIFFERENT)
    assert verdict.key.configuration == "c" and "no rows" in verdict.reason


def test_other_code_is_not_computed_again_but_named(folder):
    versions = {METHODS[0]: "2"}
    report = verify(folder, ("a", *METHODS[0]), ("a", *METHODS[1]), versions=versions)
    reasons = {verdict.key[1:]: verdict.reason for verdict in report.found(Finding.DIFFERENT)}
    assert "other code" in reasons[METHODS[0]] and "no such" in reasons[METHODS[1]]


@pytest.mark.parametrize("status", ["timeout", "crashed"])
def test_what_a_limit_ended_says_nothing(folder, status):
    write_merged([rows("a", status=status)], folder)
    write_table(rows("a", status=status), {}, folder / "evaluations" / "a.parquet")
    report = verify(folder, ("a", *METHODS[0]), recompute=None)
    assert len(report.found(Finding.UNSETTLED)) == 1
    assert not report.passed  # nothing was compared


def test_time_limit_that_is_only_reached_here_says_nothing_either(folder):
    late = rows("a", METHODS[:1], status="timeout", nrmse=None, estimate=None)
    report = verify(folder, ("a", *METHODS[0]), recompute=lambda name, keys: late)
    assert [verdict.finding for verdict in report.recomputed] == [Finding.UNSETTLED]


def test_files_are_compared_with_their_digests(folder):
    from tiltyard.engine.provenance.manifest import digests_of

    names = [f"evaluations/{name}.parquet" for name in CONFIGURATIONS]
    files = dict(digests_of(folder, [*names, "results.parquet"], threads=2))
    assert check(folder, files) == []
    path = folder / names[0]
    data = path.read_bytes()
    path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    (folder / names[1]).unlink()
    assert [fault.file for fault in check(folder, files)] == [names[1], names[0]]


def test_group_that_is_left_out_as_a_whole_is_said(folder):
    report = Verification("planted", 9)
    files = {"datasets/a.parquet": "0" * 64, "gone.csv": "0" * 64}
    check_files({"files": files}, folder, report)
    assert report.left_out == ["datasets"]
    assert [fault.file for fault in report.faults] == ["gone.csv"]


def test_configurations_are_whole_wherever_row_groups_end(folder):
    whole = pa.concat_tables(map(rows, CONFIGURATIONS))
    for size in (1, 4, 5, 100):
        pa.parquet.write_table(whole, folder / "cut.parquet", row_group_size=size)
        found = dict(configurations_in(folder / "cut.parquet"))
        assert [*found] == CONFIGURATIONS
        assert all(repr(found[name].to_pylist()) == repr(rows(name).to_pylist()) for name in found)
        some = dict(configurations_in(folder / "cut.parquet", {"c", "a"}))
        assert [*some] == ["a", "c"] and all(len(some[name]) == 6 for name in some)


def test_rows_of_an_evaluation_in_two_places_are_refused():
    twice = pa.concat_tables([rows("a"), rows("a", METHODS[:1])])
    with pytest.raises(ValueError, match="a/line/python"):
        rows_by_key(twice, WITHIN)
    with pytest.raises(
        ValueError, match="a/line/python: has rows in two places, or one of them twice"
    ):
        rows_by_key(one(order=0), WITHIN)


def test_sample_follows_from_the_seed_and_reaches_every_evaluation():
    draws = [draw_sample(CONFIGURATIONS, METHODS, 4, seed) for seed in range(60)]
    assert all(len(draw) == 4 for draw in draws)
    assert len(set().union(*draws)) == len(CONFIGURATIONS) * len(METHODS)
    assert draws[5] == draw_sample(CONFIGURATIONS, METHODS, 4, 5) != draws[6]
    assert len(draw_sample(CONFIGURATIONS, METHODS, 100, 0)) == 9


class Timing(Planted):
    """Each evaluation has a whole and parts, may be repeated, and may end too soon to count."""

    measures = Measures(
        score="seconds",
        counted="counted",
        whole={"order": 0},
        fleeting=("too_soon",),
        costs=("place",),
        timed=True,
    )


def launched(*rows):
    shared = {"configuration": "a", "method": "line", "language": "python", "version": "1"}
    shared |= {"order": 0, "counted": True, "status": "ok", "seconds": 1.0, "digest": "d"}
    return pa.Table.from_pylist([{**shared, **own} for own in rows])


@pytest.mark.parametrize(
    ("here", "there", "finding"),
    [
        ([{}, {"order": 1, "digest": "part"}], [{"seconds": 2.0}], Finding.SAME),
        ([{}, {"counted": False, "digest": "x"}], [{}], Finding.SAME),
        ([{"place": 1}], [{"place": 2}], Finding.SAME),
        ([{"digest": "e"}], [{}], Finding.DIFFERENT),
        ([{"status": "too_soon"}], [{}], Finding.UNSETTLED),
        ([{}], [{"status": "too_soon"}], Finding.UNSETTLED),
    ],
)
def test_only_what_is_no_cost_is_compared(tmp_path, here, there, finding):
    write_merged([launched(*here)], tmp_path)
    report = Verification("timing", 1, _tolerance(Timing(), None, elsewhere=False))
    key = EvaluationKey("a", "line", "python")
    comparison = Comparison(
        study_in(tmp_path, Timing()),
        lambda name, keys: launched(*there),
        {("line", "python"): "1"},
        report,
    )
    comparison.run({key})
    assert [one.finding for one in report.recomputed] == [finding]

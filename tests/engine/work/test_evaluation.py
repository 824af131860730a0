"""Methods run in the lanes of their kind, and what is known of a dataset is not run again."""

from contextlib import closing
from dataclasses import dataclass, replace

import pytest
from planted_study import MEASURES, Planted, study_in

from tiltyard.engine.kind import Lane, LeftOut
from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.work.evaluation import Evaluation
from tiltyard.engine.work.evaluator import Evaluator
from tiltyard.engine.work.worker import Task, WorkerError

ONE, ALL = Lane("one"), Lane("all", place=1, together=True, kept=True)
METHODS = [
    *(Method(name=name, family="f", language="all", version="1") for name in "ab"),
    *(Method(name=name, family="f", version="1") for name in "cde"),
    Method(name="unable", family="f", version="1"),
]


@dataclass(frozen=True)
class Data:
    configuration: str
    digest: str


class HereWorker:
    """Does its tasks in this process; a method's result is its own name and the dataset's."""

    pid = 1

    def __init__(self):
        self.given, self.killed, self._waiting = [], False, []

    def submit(self, tasks):
        self.given.append([task.label for task in tasks])
        self._waiting = list(enumerate(tasks))

    def wait(self, seconds):
        pass

    def collect(self):
        waiting, self._waiting = self._waiting, []
        for position, task in waiting:
            yield position, Outcome(Status.OK, "", task.payload, 0.1, 0.1, 0.0, 1.0)

    def in_flight(self):
        return {}

    def memory_mb(self):
        return 1.0

    def alive(self):
        return not self.killed

    def exit_reason(self):
        return "killed"

    def kill(self):
        self.killed = True


class HereSession:
    def __init__(self):
        self.started = []

    def begin(self, dataset, methods):
        return methods

    def again(self, dataset, outcomes):
        return False

    def lane(self, method):
        return ALL if method.language == "all" else ONE

    def start(self, lane, methods):
        self.started.append((lane.name, [method.name for method in methods], HereWorker()))
        return self.started[-1][2]

    def task(self, dataset, method):
        return Task(str(method), (dataset.configuration, method.name))

    def workers(self, lane):
        return [worker for name, _, worker in self.started if name == lane.name]


class Laned(Planted):
    decides = ("orders",)
    scoring = "1"

    def unsupported(self, method, dataset, config):
        return "it cannot" if method.name == "unable" else ""

    def scoring_code(self):
        return self.scoring


CONFIG = {"study": "x", "seed": 1, "orders": [0], "evaluation": {}}
LIMITS = Limits(60.0, 4096.0)
CONFIG["evaluation"] = {"time_limit": 60.0, "memory_limit": 4096.0}


class Bench:
    """An evaluation in `folder`, with what it announced and whom it started."""

    def __init__(self, folder, methods=METHODS, threads=2, kind=None, machine="", **options):
        study = replace(study_in(folder, kind or Laned()), config={**CONFIG, **options})
        self.session, self.phases = HereSession(), []
        self.evaluation = Evaluation(
            study,
            methods,
            session=self.session,
            store=Store(study.store),
            threads=threads,
            machine=machine,
            announce=self.phases.append,
        )

    def evaluate(self, name="first"):
        with closing(self.evaluation):
            return self.evaluation.evaluate(Data(name, name * 10))


def test_every_method_is_evaluated_in_its_lane_and_lanes_come_in_their_order(tmp_path):
    bench = Bench(tmp_path)
    outcomes = bench.evaluate().by_method
    assert {key: outcome.result for key, outcome in outcomes.items()} == {
        method.key: None if method.name == "unable" else ("first", method.name)
        for method in METHODS
    }
    assert outcomes["unable", "python"].status is Status.UNSUPPORTED
    assert outcomes["unable", "python"].message == "it cannot"
    starts = [phase for phase in bench.phases if phase.startswith("starting")]
    assert starts[0] == "starting one" and starts[-1] == "starting all"
    assert bench.phases[-2:] == ["starting all", "all"]


def test_one_worker_takes_all_of_a_lane_together_and_elsewhere_each_takes_one_at_a_time(tmp_path):
    bench = Bench(tmp_path)
    bench.evaluate()
    (together,) = bench.session.workers(ALL)
    assert together.given == [["a (all)", "b (all)"]]
    apart = bench.session.workers(ONE)
    assert 1 <= len(apart) <= 2
    given = [labels for worker in apart for labels in worker.given]
    assert sorted(given) == [[f"{name} (python)"] for name in "cde"]
    # Whoever starts knows of everyone in the lane, those that cannot be run here too.
    assert {tuple(names) for name, names, _ in bench.session.started if name == "one"} == {
        ("c", "d", "e", "unable")
    }


def test_workers_are_kept_from_dataset_to_dataset_where_the_lane_says_so(tmp_path):
    bench = Bench(tmp_path, threads=1)
    for name in ("first", "second"):
        bench.evaluation.evaluate(Data(name, name * 10))
    (kept,) = bench.session.workers(ALL)
    assert len(kept.given) == 2 and not kept.killed
    assert [worker.killed for worker in bench.session.workers(ONE)] == [True, True]
    bench.evaluation.close()
    assert kept.killed


@pytest.mark.parametrize(
    ("threads", "each", "timed", "most"),
    [(4, 1, False, 3), (4, 2, False, 2), (1, 2, False, 1), (4, 1, True, 1)],
)
def test_workers_at_once_are_those_that_the_methods_threads_leave(
    tmp_path, threads, each, timed, most
):
    class Kind(Laned):
        measures = replace(MEASURES, timed=timed)

    methods = [replace(method, threads=each, command=each > 1) for method in METHODS[2:5]]
    bench = Bench(tmp_path, methods, threads, Kind())
    tasks = []
    original = bench.session.start

    def start(lane, own):
        worker = original(lane, own)
        # Nobody ends before everyone who may start has started.
        worker.collect = lambda: (
            HereWorker.collect(worker) if len(bench.session.started) >= most else iter(())
        )
        tasks.append(worker)
        return worker

    bench.session.start = start
    assert len(bench.evaluate().computed) == 3
    assert len(tasks) == most


def test_what_the_store_knows_starts_nothing(tmp_path):
    first = Bench(tmp_path).evaluate()
    again = Bench(tmp_path)
    found = again.evaluate()
    assert again.session.started == [] == again.phases
    assert sorted(found.recalled) == sorted(first.computed) and found.computed == []
    assert found.by_method == first.by_method
    # Another version, other options, another dataset: known for nobody but who stayed the same.
    edited = [replace(METHODS[0], version="2"), *METHODS[1:]]
    assert Bench(tmp_path, edited).evaluate().computed == [METHODS[0].key]
    assert len(Bench(tmp_path, orders=[1]).evaluate().computed) == 5
    assert len(Bench(tmp_path).evaluate("second").computed) == 5


def test_request_follows_from_all_that_decides_the_rows_and_from_nothing_else(tmp_path):
    class Another(Laned):
        scoring = "2"

    def request(*arguments, **options):
        return Bench(*arguments, **options).evaluation.request

    same = request(tmp_path)
    assert request(tmp_path / "elsewhere", threads=7, seed=3) == same
    others = [
        request(tmp_path, METHODS[1:]),
        request(tmp_path, [replace(METHODS[0], version="2"), *METHODS[1:]]),
        request(tmp_path, orders=[1]),
        request(tmp_path, evaluation={"time_limit": 61.0, "memory_limit": 4096.0}),
        request(tmp_path, kind=Another()),
    ]
    assert len({same, *others}) == 6


@pytest.mark.parametrize("package", ["brought", ""])
def test_workers_that_do_not_start_cost_their_own_package_alone(tmp_path, package):
    """They are tried for one dataset, and not remembered; without a package all ends."""
    bench = Bench(tmp_path, threads=1)
    start, tried = bench.session.start, []
    others = replace(ONE, name="others", package=package)

    def starting(lane, methods):
        if lane.name == "others":
            tried.append(lane)
            raise WorkerError("it ends at once")
        return start(lane, methods)

    bench.session.start = starting
    bench.session.lane = lambda method: others if method.name in "cd" else ONE
    if not package:
        with pytest.raises(WorkerError, match="workers end before they begin: it ends at once"):
            bench.evaluate()
        return
    for name in ("first", "second"):
        outcomes = bench.evaluate(name)
        for lost in "cd":
            found = outcomes.by_method[lost, "python"]
            assert found.status is Status.CRASHED
            assert found.message.startswith("no worker of brought can be started: workers end ")
        assert outcomes.by_method["e", "python"].status is Status.OK
        assert not {("c", "python"), ("d", "python")} & {*outcomes.computed, *outcomes.recalled}
    assert len(tried) == 3


def given_to(bench):
    """Labels of all that was evaluated, in the sequence in which it was."""
    return [
        label for _, _, worker in bench.session.started for own in worker.given for label in own
    ]


def test_session_decides_the_sequence_within_a_lane(tmp_path):
    bench = Bench(tmp_path, METHODS[2:5], threads=1)
    bench.session.begin = lambda dataset, methods: [methods[i] for i in (2, 0, 1)]
    bench.evaluate()
    assert given_to(bench) == ["e (python)", "c (python)", "d (python)"]
    # What the store knows needs no beginning.
    again = Bench(tmp_path, METHODS[2:5], threads=1)
    again.session.begin = None
    assert again.evaluate().computed == []


def test_dataset_that_is_left_out_has_an_outcome_that_is_not_remembered(tmp_path):
    def leave(dataset, methods):
        raise LeftOut(Outcome(Status.FAILED, "the files are gone", {"digest": "1"}))

    bench = Bench(tmp_path, METHODS[2:4])
    bench.session.begin = leave
    found = bench.evaluate()
    assert {one.message for one in found.by_method.values()} == {"the files are gone"}
    assert found.computed == [] and bench.session.started == []
    assert len(Bench(tmp_path, METHODS[2:4]).evaluate().computed) == 2


class Disturbed:
    """Asks once for all evaluations to be repeated, and begins each time with another method."""

    def __init__(self, bench):
        self.begun, self.asked = 0, []
        bench.session.begin, bench.session.again = self.begin, self.again
        original = bench.session.task

        def task(dataset, method):
            return replace(original(dataset, method), payload=(self.begun, method.name))

        bench.session.task = task

    def begin(self, dataset, methods):
        self.begun += 1
        return methods[::-1] if self.begun == 2 else methods

    def again(self, dataset, outcomes):
        self.asked.append({key: outcome.result for key, outcome in outcomes.items()})
        return True


def test_evaluations_are_repeated_once_and_both_are_kept(tmp_path):
    bench = Bench(tmp_path, METHODS[2:5], threads=1)
    turns = Disturbed(bench)
    found = bench.evaluate()
    labels = [f"{name} (python)" for name in "cdeedc"]
    assert given_to(bench) == labels
    assert turns.asked == [{(name, "python"): (1, name) for name in "cde"}]
    for (name, _), outcome in found.by_method.items():
        assert (outcome.result, outcome.earlier.result) == ((2, name), (1, name))
    # Neither is made again by a later job, which finds both in the store.
    later = Bench(tmp_path, METHODS[2:5], threads=1)
    asked = Disturbed(later).asked
    assert later.evaluate().by_method == found.by_method
    assert asked == [] and later.session.started == []


def test_repetition_that_was_interrupted_goes_on_where_it_was(tmp_path):
    bench = Bench(tmp_path, METHODS[2:5], threads=1)
    found = bench.evaluate().by_method
    second = replace(found["d", "python"], result="again", earlier=found["d", "python"])
    evaluator = Evaluator(Store(tmp_path / "store"), LIMITS, "first" * 10, {"orders": [0]})
    evaluator._keep(METHODS[3], second)
    later = Bench(tmp_path, METHODS[2:5], threads=1)
    turns = Disturbed(later)
    outcomes = later.evaluate().by_method
    assert given_to(later) == ["c (python)", "e (python)"]
    assert outcomes["d", "python"].result == "again"
    assert turns.asked == [{(name, "python"): ("first", name) for name in "cde"}]


def test_verification_repeats_nothing(tmp_path):
    bench = Bench(tmp_path, METHODS[2:4])
    turns = Disturbed(bench)
    bench.evaluation._repeats = False
    assert all(one.earlier is None for one in bench.evaluate().by_method.values())
    assert turns.asked == []


def test_keys_of_extent_ask_for_rows_again_but_not_for_evaluations(tmp_path):
    class Extending(Laned):
        extent = ("most",)

    first = Bench(tmp_path, kind=Extending(), most=1)
    first.evaluate()
    more = Bench(tmp_path, kind=Extending(), most=2)
    assert more.evaluation.request != first.evaluation.request
    assert more.evaluate().computed == []


def test_on_another_machine_all_is_evaluated_anew_and_the_first_ones_stay(tmp_path):
    first = Bench(tmp_path, METHODS[2:4], machine="one")
    assert len(first.evaluate().computed) == 2
    other = Bench(tmp_path, METHODS[2:4], machine="other")
    assert other.evaluation.request != first.evaluation.request
    assert len(other.evaluate().computed) == 2
    assert Bench(tmp_path, METHODS[2:4], machine="one").evaluate().computed == []

"""A kind of study with nothing that a kind may leave out: guesses of a coin's chance of heads."""

from dataclasses import dataclass

import pyarrow as pa

from tiltyard.engine.files.digests import digest
from tiltyard.engine.grid.axes import Grid, count_axis, word_axis
from tiltyard.engine.kind import Cost, Measures, PlainKind, Words
from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.study import Study

#: Coin -> chance of heads.
COINS = {"fair_coin": 0.5, "bent_coin": 0.7, "lead_coin": 0.9}
#: Method -> its guess; None fails.
GUESSES = {"always_half": 0.5, "half_and_a_bit": 0.6, "hopeful_guess": 0.89, "gives_up": None}


@dataclass(frozen=True)
class Coin:
    configuration: str
    chance: float
    bias: float  # what this replicate adds

    @property
    def digest(self):
        return digest([self.configuration, str(self.chance)])

    def table(self):
        return pa.table({"chance": [self.chance], "bias": [self.bias]})

    def facts(self):
        return {}


class Coins(PlainKind):
    """Which guess is nearest to a coin's chance of heads?"""

    name, subject, replicate = "coins", "coin", "throw"
    grid = Grid([word_axis("coin"), count_axis("throw", "t")])
    words = Words(
        question="Which guess is nearest?", method="guess", score="miss", replicate="throw"
    )
    measures = Measures(score="miss")
    columns = pa.schema([("miss", pa.float64())])

    def points(self, config):
        return {"coin": list(COINS), "throw": [1, 2, 3]}

    def make(self, study, point, rng):
        return Coin(point.id, COINS[point.values["coin"]], 0.01 * rng.random())

    def restore(self, table, facts, configuration):
        row = table.to_pylist()[0]
        return Coin(configuration, row["chance"], row["bias"])

    def methods(self, config):
        return [Method(name=name, family="guess", version="1") for name in GUESSES]

    def cost(self, config, methods):
        return Cost(0.001, 1.0, 100, 100)

    def rows(self, method, dataset, outcome, config):
        right = outcome.status is Status.OK
        yield {"miss": abs(outcome.result - dataset.chance) + dataset.bias if right else None}


class Tosses(Coins):
    """With an axis of difficulty that is also the size of the problem."""

    name, levels = "tosses", "length"
    grid = Grid([word_axis("coin"), count_axis("length", "n"), count_axis("throw", "t")])
    measures = Measures(score="miss", size="length", plain=0.5)

    def points(self, config):
        return {**super().points(config), "length": [10, 100, 1000]}


def study_of(kind, folder):
    """A study of `kind` in `folder`; no installed package brings such a kind."""
    config = {
        "kind": kind.name,
        "study": "tiny",
        "seed": 3,
        "trials": 3,
        "methods": {"include": {}, "exclude": {}},
        "evaluation": {"time_limit": 1, "memory_limit": 500},
        "merge": {"estimates": True},
    }
    points = kind.grid.expand(kind.points(config))
    return Study(kind, config, tuple(points), folder)


def outcomes_of(study):
    """Outcome by method of one configuration."""
    found = {}
    for method in study.kind.methods(study.config):
        guess = GUESSES[method.name]
        if guess is None:
            found[method.key] = Outcome(Status.FAILED, "did not try", None, 0.1, 0.1, 0.0, 50.0)
        else:
            found[method.key] = Outcome(Status.OK, "", guess, guess / 10, guess / 10, 0.0, 50.0)
    return found

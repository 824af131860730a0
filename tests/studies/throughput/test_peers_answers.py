"""What decides an output whose digest is not the reference's.

A peer has another format, and what both have in common decides; what is rounded otherwise has other
bytes, and the tolerance decides.
"""

from types import SimpleNamespace

import pytest

from tiltyard.pipelines.pipeline import PEER, ROUNDED, Strategy
from tiltyard.studies.throughput import launching


def compared(tmp_path, tags, difference):
    """What is said of an output whose digest is not that of the reference's."""
    pipeline = SimpleNamespace(
        digest=lambda strategy, output: "another",
        difference=lambda strategy, expected, output: difference,
    )
    charge = SimpleNamespace(keep="", expected=(str(tmp_path / "expected"), "right"))
    strategy = Strategy(name="a", implementation="a", tags=tags)
    return launching._compared(charge, pipeline, strategy, tmp_path / "output")["difference"]


@pytest.mark.parametrize("tag", [PEER, ROUNDED])
def test_peer_or_rounded_without_a_difference_is_right(tag, tmp_path):
    assert compared(tmp_path, (tag,), "") == ""


@pytest.mark.parametrize("tags", [(PEER,), (ROUNDED,), ()])
def test_difference_is_one_for_peers_and_all_others(tags, tmp_path):
    assert compared(tmp_path, tags, "record 1: depth") == "record 1: depth"


def test_digest_alone_makes_a_strategy_of_our_own_wrong(tmp_path):
    assert "digest" in compared(tmp_path, (), "")

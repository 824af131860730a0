"""Selection by name, family, language and tag; refusal of what does not exist."""

import pytest

from tiltyard.engine.methods.method import Method, Registry, select

METHODS = [
    Method(name="a", family="one", tags=("slow",)),
    Method(name="b", family="one"),
    Method(name="b", family="two", language="julia", tags=("peer",)),
]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ({}, {}, ["a (python)", "b (julia)", "b (python)"]),
        ({"name": ["b"]}, {}, ["b (julia)", "b (python)"]),
        ({"name": ["b"], "language": ["julia"]}, {}, ["b (julia)"]),
        ({}, {"tag": ["slow", "peer"]}, ["b (python)"]),
        ({"family": ["one"]}, {"tag": ["slow"]}, ["b (python)"]),
    ],
)
def test_selects(include, exclude, expected):
    assert [str(method) for method in select(METHODS, include, exclude)] == expected


@pytest.mark.parametrize(
    ("criteria", "words"),
    [({"name": ["c"]}, "include.name: 'c' is unknown; known are a, b"), ({"kind": ["x"]}, "kind")],
)
def test_unknown_value_is_refused_with_the_known_ones(criteria, words):
    with pytest.raises(ValueError, match=words):
        select(METHODS, criteria)


def test_registry_refuses_a_repeated_and_a_malformed_name():
    registry: Registry[Method] = Registry()
    registry.add(METHODS[1])
    registry.add(METHODS[2])  # the same name in another language
    with pytest.raises(ValueError, match="registered twice"):
        registry.add(METHODS[1])
    with pytest.raises(ValueError, match="lower case"):
        registry.add(Method(name="Not-A-Name", family="one"))


@pytest.mark.parametrize(("threads", "command"), [(0, True), (2, False)])
def test_registry_refuses_threads_that_a_method_cannot_have(threads, command):
    registry: Registry[Method] = Registry()
    registry.add(Method(name="a", family="one", threads=2, command=True))
    with pytest.raises(ValueError, match=f"b .*{threads} threads; use 1, or more with command"):
        registry.add(Method(name="b", family="one", threads=threads, command=command))

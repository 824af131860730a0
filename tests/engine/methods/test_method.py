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


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": 3}, "name is 3, no str"),
        ({"tags": "slow"}, "tags is 'slow'"),
        ({"tags": ("slow", 1)}, r"tags is \('slow', 1\)"),
        ({"threads": True, "command": True}, "threads is True, no int"),
        ({"threads": 1.0}, r"threads is 1\.0, no int"),
        ({"command": 1}, "command is 1, no bool"),
        ({"explained": {"an alarm": None}}, "explained is"),
        ({"explained": ["an alarm"]}, "explained is"),
        ({"version": None}, "version is None, no str"),
    ],
)
def test_registry_refuses_facts_of_another_type(facts, words):
    with pytest.raises(TypeError, match=words):
        Registry().add(Method(**{"name": "a", "family": "one", **facts}))


def test_values_of_missing_methods_may_be_excluded_and_not_included():
    def lost(value):
        return "broken 1.0: it raises" if value == "mine" else ""

    assert len(select(METHODS, {}, {"name": ["mine"]}, lost=lost)) == len(METHODS)
    with pytest.raises(ValueError, match=r"include\.name: 'mine' is of broken 1\.0: it raises"):
        select(METHODS, {"name": ["a", "mine"]}, lost=lost)
    for include, exclude in (({"name": ["x"]}, {}), ({}, {"name": ["mine", "x"]})):
        with pytest.raises(ValueError, match="'x' is unknown"):
            select(METHODS, include, exclude, lost=lost)

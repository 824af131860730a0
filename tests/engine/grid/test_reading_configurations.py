"""Files are read strictly: what is ambiguous is refused with file, line, key, value and remedy."""

import json
import os
import re

import pytest
import yaml

from tiltyard.engine.grid import reading
from tiltyard.engine.grid.parsing import VALUES
from tiltyard.engine.grid.places import ConfigError, Fault, Place, Written, refusal
from tiltyard.engine.grid.reading import merged, read_config, read_json, read_settings

#: Text of a file; line of the fault; words of the message, the key and the value among them.
REFUSED = {
    # Keys that are written twice.
    "twice": ("a: 1\nb: 2\na: 3\n", 3, ["a: written twice: 3 here, 1 in line 1", "leave one"]),
    "twice alike": ("a: 1\na: 1\n", 2, ["a: written twice: 1 here, 1 in line 1"]),
    "twice in flow": ("a: {b: 1,\n b: 2}\n", 2, ["a.b: written twice"]),
    "twice deep": ("a:\n  b:\n    c: 1\n    d: 1\n    c: 2\n", 5, ["a.b.c: written twice"]),
    "twice in quotes": ("a: 1\n'a': 2\n", 2, ["a: written twice"]),
    "twice, lists": ("a: [1]\na:\n  - 2\n", 2, ["a: written twice: [2] here, [1] in line 1"]),
    "thrice": ("a: 1\na: 2\na: 3\n", 3, ["line 2: a: written twice", "line 3: a: written"]),
    # Keys that are no text.
    "whole key": ("a: 1\n1: 2\n", 2, ["1: got the key 1", "keys are names"]),
    "negative key": ("-1: 2\n", 1, ["the key -1"]),
    "real key": ("1.5: 2\n", 1, ["the key 1.5"]),
    "exponent key": ("1e3: 2\n", 1, ["the key 1e3"]),
    "octal key": ("010: 2\n", 1, ["the key 010"]),
    "sexagesimal key": ("a: 1\n1:40: 2\n", 2, ["the key 1:40"]),
    "on key": ("a: 1\non: 2\n", 2, ["on: got the key on"]),
    "off key": ("off: 2\n", 1, ["the key off"]),
    "yes key": ("Yes: 2\n", 1, ["the key Yes"]),
    "true key": ("true: 2\n", 1, ["the key true"]),
    "tilde key": ("a: 1\n~: 2\n", 2, ["the key ~"]),
    "null key": ("null: 2\n", 1, ["the key null"]),
    "empty key": ("a: 1\n?\n: 2\n", 2, ["got an empty key"]),
    "nan key": (".nan: 2\n", 1, ["the key .nan"]),
    "list key": ("a: 1\n? [b]\n: 2\n", 2, ["'? [b]'", "a list as a key"]),
    "flow list key": ("{[b]: 2}\n", 1, ["a list as a key"]),
    "mapping key": ("? {b: 1}\n: 2\n", 1, ["a mapping as a key"]),
    "alias key": ("a: &x b\n*x : 2\n", 2, ["an alias as a key"]),
    "anchored key": ("&x a: 1\n", 1, ["a: got a key with a tag or an anchor"]),
    "tagged key": ("!!str 1: 1\n", 1, ["1: got a key with a tag or an anchor"]),
    "merge": ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, ["c.<<: got <<", "write the keys themselves"]),
    "nested whole key": ("a:\n  b: 1\n  2: 3\n", 3, ["a.2: got the key 2"]),
    # Numbers that people do not read as machines do.
    "octal": ("a: 010\n", 1, ["a: got 010", "write 10 (or 8, which YAML 1.1 reads"]),
    "octal signed": ("a: -010\n", 1, ["got -010", "write -10 (or -8"]),
    "octal plus": ("a: +017\n", 1, ["got +017", "write 17 (or 15"]),
    "octal no more": ("a: 08\n", 1, ["got 08", "write 8, or quotes"]),
    "octal zeros": ("a: 007\n", 1, ["got 007", "write 7, or quotes"]),
    "zeros": ("a: 00\n", 1, ["got 00", "write 0, or quotes"]),
    "octal 1.2": ("a: 0o17\n", 1, ["got 0o17", "write 15"]),
    "octal grouped": ("a: 01_0\n", 1, ["got 01_0", "write 10 (or 8"]),
    "hexadecimal": ("a: 0x10\n", 1, ["got 0x10", "write 16"]),
    "hexadecimal capitals": ("a: 0XfF\n", 1, ["got 0XfF", "write 255"]),
    "hexadecimal signed": ("a: -0x1\n", 1, ["got -0x1", "write -1"]),
    "binary": ("a: 0b101\n", 1, ["got 0b101", "write 5"]),
    "sexagesimal": ("a: 1:40\n", 1, ["a: got 1:40", "to base 60, as 100"]),
    "clock": ("a: 12:30:15\n", 1, ["got 12:30:15", "as 45015"]),
    "sexagesimal signed": ("a: -1:30\n", 1, ["got -1:30", "as -90"]),
    "sexagesimal real": ("a: 1:30.5\n", 1, ["got 1:30.5", "as 90.5"]),
    "grouped": ("a: 1_000\n", 1, ["got 1_000", "write 1000"]),
    "grouped real": ("a: 1_0.5\n", 1, ["got 1_0.5", "write 10.5"]),
    "grouped end": ("a: 100_\n", 1, ["got 100_", "write 100"]),
    "infinite": ("a: .inf\n", 1, ["a: got .inf", "not finite"]),
    "minus infinite": ("a: -.INF\n", 1, ["got -.INF", "not finite"]),
    "not a number": ("a: .NaN\n", 1, ["got .NaN", "not finite"]),
    "too large": ("a: [1, 1e400]\n", 1, ["a[1]: got 1e400", "too large for a double"]),
    "too small": ("a: 1e-400\n", 1, ["a: got 1e-400", "so small"]),
    "too long": (f"a: {'9' * 5000}\n", 1, ["a: got 999", "5000 digits"]),
    "in a list": ("a:\n  - 1\n  - 010\n", 3, ["a[1]: got 010"]),
    "several": ("a: 010\nb: 1:40\n", 2, ["line 1: a: got 010", "line 2: b: got 1:40"]),
    # Tabs, blanks and characters that nobody sees.
    "tab": ("a:\n\tb: 1\n", 2, ["'b: 1'", "a tab", "blanks"]),
    "tab after blanks": ("a:\n  \tb: 1\n", 2, ["a tab"]),
    "tab before a value": ("a: 1\nb:\t2\n", 2, ["'b:\\t2'", "a tab"]),
    "tab after a value": ("a: 1\t\n", 1, ["a tab"]),
    "tab in a list": ("a:\n-\t1\n", 2, ["a tab"]),
    "nul": ("a: 1\nb: x\0y\n", 2, ["b: x", "U+0000", "delete it"]),
    "nul in a comment": ("a: 1 # \0\n", 1, ["U+0000"]),
    "bell": ("a: '\a'\n", 1, ["U+0007"]),
    "escape": ("\x1b[1ma: 1\n", 1, ["U+001B"]),
    "delete": ("a: \x7f\n", 1, ["U+007F"]),
    "next line": ("a: 1\x85b: 2\n", 1, ["U+0085"]),
    "line separator": ("a: 1\u2028b: 2\n", 1, ["U+2028"]),
    "form feed": ("\fa: 1\n", 1, ["U+000C"]),
    # What is no YAML.
    "open bracket": ("a: [1\nb: 2\n", 2, ["'b: 2'", "not YAML", "begins in line 1"]),
    "open brace": ("a: {b: 1\n", 1, ["not YAML"]),
    "closed bracket": ("a: 1]\nb: ]\n", 2, ["'b: ]'", "not YAML"]),
    "open quote": ("a: 'x\nb: 2\n", 2, ["not YAML", "begins in line 1"]),
    "colon": ("a: b: c\n", 1, ["'a: b: c'", "mapping values are not allowed", "needs quotes"]),
    "indentation": ("a: 1\n  b: 2\n", 2, ["not YAML"]),
    "too far back": ("  a: 1\n b: 2\n", 2, ["'b: 2'", "not YAML"]),
    "no colon": ("a: 1\nb\n", 2, ["'b'", "could not find expected ':'"]),
    "list and mapping": ("a: 1\n- b\n", 2, ["'- b'", "not YAML"]),
    "percent": ("a: %x\n", 1, ["'a: %x'", "not YAML"]),
    "at": ("a: @x\n", 1, ["not YAML"]),
    "backquote": ("a: `x`\n", 1, ["not YAML"]),
    "escape of nobody": ('a: "\\q"\n', 1, ["not YAML"]),
    "no character": ('a: "\\U00110000"\n', 1, ["not YAML"]),
    "version": ("%YAML 3.0\n---\na: 1\n", 1, ["not YAML"]),
    "merge conflict": ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\n", 2, ["not YAML"]),
    # What is YAML, and no configuration.
    "documents": ("a: 1\n---\nb: 2\n", 2, ["'---'", "a second document"]),
    "same documents": ("--- {a: 1}\n--- {a: 1}\n", 2, ["a second document"]),
    "object": ("a: !!python/object:os.system x\n", 1, ["a: got the tag !!python/object:os.system"]),
    "call": ("a: !!python/object/apply:os.system [x]\n", 1, ["a: got the tag"]),
    "own tag": ("a: 1\nb: !mine 1\n", 2, ["b: got the tag !mine", "the value alone"]),
    "tag of a type": ("a: !!int 1\n", 1, ["a: got the tag !!int"]),
    "tag of a list": ("a: !!set {b}\n", 1, ["a: got the tag !!set"]),
    "tag of all": ("!!map {a: 1}\n", 1, ["got the tag !!map"]),
    "binary value": ("a: !!binary aGk=\n", 1, ["a: got the tag !!binary"]),
    "alias of nobody": ("a: 1\nb: *x\n", 2, ["b: got *x", "no anchor", "write the value"]),
    "alias in itself": ("a: &x [1, *x]\n", 1, ["a[1]: got *x", "inside of what it means"]),
    "deep": (f"a: 1\nb: {'[' * 5000}{']' * 5000}\n", 2, ["b[0]", "more than 20"]),
    "deep mappings": (f"b: {'{a: ' * 50}1{'}' * 50}\n", 1, ["b.a", "more than 20"]),
    "empty": ("", 1, ["holds no configuration", "config/config.yaml"]),
    "comment": ("# a: 1\n", 1, ["holds no configuration"]),
    "null": ("---\n~\n", 1, ["holds no configuration"]),
    "a list": ("- a: 1\n", 1, ["mapping of keys", "[{'a': 1}]"]),
    "a word": ("\n\nabc\n", 3, ["mapping of keys", "'abc'"]),
    "a number": ("3\n", 1, ["mapping of keys", "got 3"]),
    "no blank after the colon": ("a:1\nb:2\n", 1, ["mapping of keys", "'a:1 b:2'"]),
}

#: What is read as it is meant, in YAML 1.2.
READ = {
    "a: 1e-3": 1e-3,
    "a: 1E5": 1e5,
    "a: 1.0e-3": 1e-3,
    "a: -2.5e+2": -250.0,
    "a: .5": 0.5,
    "a: 5.": 5.0,
    "a: +1": 1,
    "a: -0": 0,
    "a: 0": 0,
    "a: 0.0": 0.0,
    "a: 0e5": 0.0,
    "a: 0.001": 0.001,
    "a: 340282366920938463463374607431768211455": 2**128 - 1,
    "a: '010'": "010",
    'a: "1e-3"': "1e-3",
    "a: '1:40'": "1:40",
    "a: off": False,
    "a: On": True,
    "a: NO": False,
    "a: 'off'": "off",
    "a: true": True,
    "a: ~": None,
    "a:": None,
    "a: Null": None,
    "a: 2020-01-01": "2020-01-01",
    "a: 2020-99-99": "2020-99-99",
    "a: y": "y",
    "a: 1.2.3": "1.2.3",
    "a: e3": "e3",
    "a: =": "=",
    "a: x_1": "x_1",
    "a: ２": "２",
    'a: "x\\n"': "x\n",
    "a: |\n  x\n  y\n": "x\ny\n",
    "a: >-\n  x\n  y\n": "x y",
    "a: [b, c,]": ["b", "c"],
    "a:\n- b\n- c": ["b", "c"],
    "a: {b: {c: []}}": {"b": {"c": []}},
    "b: &x [1, {c: 2}]\na: *x": [1, {"c": 2}],
    "a: &x 1": 1,
    "\ufeffa: 1": 1,
    "--- # begins\na: 1\n...\n": 1,
    "%YAML 1.1\n---\na: 1": 1,
    "a: 1\r\nb: 2\r\n": 1,
    '{"a": 1e-08, "b": [true, null, "\\u00e9\\/"]}': 1e-8,
}


def refused(path):
    with pytest.raises(ConfigError) as error:
        read_config(path)
    return str(error.value)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_unclear_is_refused_with_file_line_key_value_and_remedy(tmp_path, case):
    text, line, words = REFUSED[case]
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode())
    said = refused(path)
    assert f"{path}, line {line}: " in said
    for word in words:
        assert word in said
    assert len(said) < 2000
    written = text.split("\n")[line - 1].rpartition(": ")[2]
    assert not re.search(rf"write {re.escape(written)}\b", said) or not written, "a remedy is new"


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_what_is_clear_is_read_as_yaml_1_2(tmp_path, text, value):
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode())
    read = read_config(path)["a"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("a: é\n".encode("utf-16"), 1, "UTF-16"),
        ("a: é\n".encode("utf-16-le"), 1, "UTF-16"),
        ("a: é\n".encode("utf-16-be"), 1, "UTF-16"),
        ("a: é\n".encode("utf-32"), 1, "save it as UTF-8"),
        ("b: 1\na: café\n".encode("latin-1"), 2, "'a: café': the byte 0xe9 is not UTF-8"),
        ("a: “x”\n".encode("cp1252"), 1, "the byte 0x93 is not UTF-8"),
        ("a: 日本\n".encode("shift-jis"), 1, "is not UTF-8"),
        (b"a: 1\nb: \xff\xfe\n", 2, "the byte 0xff"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", 1, "save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n", 1, "the byte 0x89"),
        (b"\x1f\x8b\x08\0", 1, ""),
    ],
)
def test_other_encodings_and_binary_files_are_refused(tmp_path, data, line, words):
    path = tmp_path / "mine.yaml"
    path.write_bytes(data)
    said = refused(path)
    assert f"{path}, line {line}: " in said and words in said


def test_folders_pipes_and_what_cannot_be_read_are_refused(tmp_path):
    assert "a folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "no plain file" in refused(tmp_path / "pipe")
    assert "no plain file" in refused(reading.Path("/dev/null"))
    assert "no such configuration file" in refused(tmp_path / "none.yaml")
    assert "cannot be read: Not a directory" in refused(reading.Path("/dev/null/x"))
    assert "cannot be read: File name too long" in refused(tmp_path / ("x" * 300))
    assert "cannot be read" in refused(reading.Path("a\0b"))
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot be read" in refused(tmp_path / "loop")
    (tmp_path / "vast.yaml").write_bytes(b"#" * (reading.LARGEST + 1))
    assert "no configuration" in refused(tmp_path / "vast.yaml")


def test_few_lines_that_mean_billions_are_refused_at_once(tmp_path):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    path = tmp_path / "laughs.yaml"
    path.write_text("\n".join(lines))
    assert f"line 5: a4[7]: more than {VALUES:,} values" in refused(path)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": 1,\n "a": 2}', 2, "a: written twice"),
        ('{"a": 1,\n}', 2, "'}': not JSON"),
        ("{'a': 1}", 1, "not JSON"),
        ("a: 1", 1, "not JSON"),
        ("", 1, "not JSON"),
        ('{"a": 010}', 1, "not JSON"),
        ('{"a": 1e999}', 1, "a: got 1e999, too large"),
        (f'{{"a": {"9" * 5000}}}', 1, "5000 digits"),
        (f'{{"a": {"[" * 100_000}{"]" * 100_000}}}', 1, "more than 20"),
        ("[1]", 1, "mapping of keys"),
    ],
)
def test_json_is_read_as_strictly(tmp_path, text, line, words):
    path = tmp_path / "study.json"
    path.write_text(text)
    said = refused(path)
    assert f"{path}, line {line}: " in said and words in said
    with pytest.raises(ConfigError) as error:
        read_json(text)
    assert "  --json: " in str(error.value) and words in str(error.value)


def test_json_has_tabs_where_it_likes(tmp_path):
    values = {"a": [1, 0.5, 1e-8], "b": {"c": "x\ty", "d": None, "e": True}}
    path = tmp_path / "study.json"
    path.write_text(json.dumps(values, indent="\t"))
    assert read_config(path) == values == read_json(json.dumps(values))
    assert read_config(path).places["b", "c"].line == 8
    values = {"a": "x\u2028y \N{PILE OF POO}"}
    assert (
        read_json(json.dumps(values)) == values == read_json(json.dumps(values, ensure_ascii=False))
    )


def test_any_end_of_a_line_counts(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"a: 1\rb: 2\r\nc: 3\nd: 010\n")
    assert f"{path}, line 4: d: got 010" in refused(path)
    path.write_bytes(b"a: 1\rb: [2\r")
    assert f"{path}, line 2: 'b: [2': not YAML" in refused(path)


def test_every_key_and_value_has_its_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# mine\na: 1\nb:\n  - x\n  - {c: 1e-3,\n     d: off}\n\ne: 'q'\n")
    places = read_config(path).places
    lines = {key: place.line for key, place in places.items()}
    assert lines == {
        (): 2,
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("b", 1, "d"): 6,
        ("e",): 8,
    }
    assert places["b", 1, "c"].text == "1e-3" and places["e",].text == ""


def test_values_of_the_command_line_are_read_as_in_a_file():
    entries = ["levels=[1.0e-3, 1e-4]", "trials=2", "study=x", "julia=off", "name=a=b"]
    read = read_settings([*entries, "evaluation={time_limit: 5}", "nothing="])
    assert read == {
        "levels": [1e-3, 1e-4],
        "trials": 2,
        "study": "x",
        "julia": False,
        "name": "a=b",
        "evaluation": {"time_limit": 5},
        "nothing": None,
    }
    assert all(place.source == "--config" and not place.line for place in read.places.values())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("trials", "'trials': write KEY=VALUE"),
        ("=3", "'=3': write KEY=VALUE"),
        ("trials=010", "trials: got 010"),
        ("levels=[1", "levels: '[1': not YAML"),
        ("levels=[1, 1:40]", "levels[1]: got 1:40"),
        ("a={b: 1, b: 2}", "a.b: written twice: 2 here, 1 before"),
        ("good=2", "good: given twice: 2 and 1"),
        ("good={b: 2}", "good: given twice"),
        ("a=\x01", "a: '\\x01': not YAML"),
        ("a=1\n---\n2", "a second document"),
    ],
)
def test_faults_of_the_command_line_name_its_option(entry, words):
    with pytest.raises(ConfigError) as error:
        read_settings(["good=1", entry])
    assert f"  --config: {words}" in str(error.value) or words in str(error.value)
    assert "  --config: " in str(error.value) and "line" not in str(error.value)


def test_entries_of_one_mapping_come_together():
    assert read_settings(["a={b: 1}", "a={c: 2}"]) == {"a": {"b": 1, "c": 2}}


def test_later_values_replace_earlier_ones_key_by_key():
    first = Written(
        {"a": 1, "b": {"c": [1, 2], "d": 3}},
        {
            (): Place("x", 1),
            ("a",): Place("x", 1),
            ("b",): Place("x", 2),
            ("b", "c", 1): Place("x", 3),
        },
    )
    both = merged([first, read_settings(["b={c: [5]}", "e=1"])])
    assert both == {"a": 1, "b": {"c": [5], "d": 3}, "e": 1}
    assert ("b", "c", 1) not in both.places
    assert (str(both.places[()]), str(both.places["b", "c"])) == ("x, line 1", "--config")
    assert first == {"a": 1, "b": {"c": [1, 2], "d": 3}}


def test_a_long_list_of_faults_is_cut_and_counted():
    said = str(refusal([Fault(("a", number), "wrong") for number in range(50)]))
    assert said.count("wrong") == 20 and said.endswith("and 30 more")


@pytest.mark.parametrize("text", READ)
def test_what_is_read_is_yaml_to_snakemakes_parser_too(text):
    assert yaml.compose(text) is not None

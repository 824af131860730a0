"""Files are in memory after a warm-up, and known not to be where a launch is called cold."""

from tiltyard.studies.throughput.measuring.page_cache import cached_share, cool_down, warm_up


def test_warm_files_are_in_memory_and_cold_ones_are_not_or_are_named(tmp_path):
    (tmp_path / "inner").mkdir()
    files = [tmp_path / "a", tmp_path / "inner" / "b"]
    for file in files:
        file.write_bytes(b"1" * 300_000)
    (tmp_path / "empty").touch()
    kept = cool_down([tmp_path])
    for file in files:
        named = any(str(file) in text for text in kept)
        assert (cached_share(file) > 0) == named
    assert warm_up([tmp_path]) == 600_000
    assert [cached_share(file) for file in files] == [1.0, 1.0]
    assert cached_share(tmp_path / "empty") == 0.0

"""Other writings of the names of contigs."""

import pytest

from tiltyard.pipelines.alleles.inputs.contigs import matching


@pytest.mark.parametrize(
    ("contig", "names", "found"),
    [
        ("1", ["1", "chr1"], "1"),
        ("1", ["chr1"], "chr1"),
        ("chr1", ["1"], "1"),
        ("chr1", ["chr10"], None),
        ("Chr1", ["1"], None),
        ("chr", [""], ""),
        ("M", ["MT", "chrM"], "chrM"),
        ("M", ["MT"], "MT"),
        ("MT", ["M"], "M"),
        ("MT", ["chrM"], "chrM"),
        ("chrM", ["MT"], "MT"),
        ("chrM", ["chrMT"], "chrMT"),
        ("chrMT", ["M"], "M"),
        ("1", [], None),
    ],
)
def test_names_are_tried_from_the_most_alike(contig, names, found):
    assert matching(contig, names) == found

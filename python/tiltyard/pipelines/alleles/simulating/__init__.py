"""Made BAM, FASTA and VCF files with known counts, from a seed."""

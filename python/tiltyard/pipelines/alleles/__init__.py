"""Counts of reads and fragments that show the alleles of known variants, in BAM and CRAM files."""

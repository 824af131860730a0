"""Reads of FASTQ, FASTA and unaligned BAM files: streamed, filtered, encoded and augmented."""

"""Reads written: as FASTQ, FASTA, Parquet and arrays."""

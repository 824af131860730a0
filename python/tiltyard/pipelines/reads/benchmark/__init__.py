"""What a study of throughput compares of the streaming of reads."""

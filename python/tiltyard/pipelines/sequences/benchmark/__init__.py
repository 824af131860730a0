"""What a study of throughput compares of the embedding and reading of sequences."""

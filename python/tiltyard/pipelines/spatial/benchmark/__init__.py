"""What a study of throughput compares of gene specificity."""

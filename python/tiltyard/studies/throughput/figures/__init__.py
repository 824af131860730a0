"""Static figures of the study of throughput."""

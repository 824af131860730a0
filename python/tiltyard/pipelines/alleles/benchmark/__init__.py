"""What a study of throughput is given of this pipeline: workloads, strategies, limits, claims."""

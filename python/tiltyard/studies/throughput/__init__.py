"""The study of throughput: what each strategy of a pipeline costs, and what more workers bring."""

"""The derivative study's own levels of parallelism, measured like a pipeline's strategies."""

"""The flagship study: which estimator recovers derivatives of order 0-7 from noisy samples."""

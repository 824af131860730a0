"""The derivative study asks which estimator recovers derivatives from noisy samples."""

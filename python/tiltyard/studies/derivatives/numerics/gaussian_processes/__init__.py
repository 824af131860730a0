"""Gaussian processes: spectra, likelihoods, estimates."""

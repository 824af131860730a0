"""The warped Gaussian process: a clock that runs unevenly, and pooled members."""

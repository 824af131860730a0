"""One thread for BLAS and OpenMP, before anything loads them: as in every worker of the study."""

from tiltyard.study.worker import pin_numerical_threads

pin_numerical_threads()

"""How properties of reads are tried: with the same examples each time, as many as a test says."""

from hypothesis import HealthCheck

PROFILE = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}

"""Names for packages that add to Tiltyard: a path that stays where the code behind it moves."""

from tiltyard.engine.outcome import UnsupportedError
from tiltyard.studies.derivatives.contract import ESTIMATORS, Array, Estimate, Estimator, estimator

__all__ = ["ESTIMATORS", "Array", "Estimate", "Estimator", "UnsupportedError", "estimator"]

"""What the samples alone show before anything is fitted: arrays in, findings out.

`examine` looks for values that wrap around, dropouts, held samples, limits of the range, the
resolution and gaps. `ordering_of` says how times follow on each other.
"""

from tiltyard.application.examination.examining import Examined, examine
from tiltyard.application.examination.findings import Finding, Kind
from tiltyard.application.examination.limits import Limit
from tiltyard.application.examination.ordering import Ordering, Sequence, ordering_of

__all__ = [
    "Examined",
    "Finding",
    "Kind",
    "Limit",
    "Ordering",
    "Sequence",
    "examine",
    "ordering_of",
]

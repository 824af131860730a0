"""Read people's files: text to a table, cells to numbers and times, rows to records."""

from tiltyard.application.reading.read import read_records
from tiltyard.application.reading.taken import Reading, Record
from tiltyard.application.reading.wishes import Wishes

__all__ = ["Reading", "Record", "Wishes", "read_records"]

"""Imported last: all is imported in time."""

import signal

signal.alarm(0)

"""Imported last: all is imported in time, and the server outlives the thread that started it."""

import signal

from tiltyard.engine.machine.interpreter import end_with_parent

signal.alarm(0)
end_with_parent(False)

"""Imported first: what the package prints are messages, and its import has a time limit."""

import signal

from tiltyard.engine.work.worker import START_SECONDS, print_to_errors

print_to_errors()
# The alarm's default action ends this process, in native code too.
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.alarm(START_SECONDS)

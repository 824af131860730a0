"""Imported first: what the package prints are messages, and its import ends with time or job."""

import signal

from tiltyard.engine.machine.interpreter import end_with_parent
from tiltyard.engine.work.worker import START_SECONDS, print_to_errors

print_to_errors()
# The alarm's default action ends this process, in native code too.
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.alarm(START_SECONDS)
# A server that is still importing does not see that its job has ended.
end_with_parent()

"""Test-only packages with estimators that misbehave when they are imported, each in its own way."""

GOOD = """
import numpy as np
from tiltyard.plugin import estimator

FACTS = {"family": "control", "max_order": 7, "exact_degree": -1, "min_samples": 2}

def flat(t, y, t_eval, orders):
    return np.zeros((len(orders), len(t_eval)))

"""


def registering(name, decorated="flat", **facts):
    """Code of a package that registers one estimator."""
    return f"{GOOD}estimator({name!r}, **{{**FACTS, **{facts!r}}})({decorated})\n"


#: Name -> code that fails, and words of the reason that is said.
FAILING = {
    "raises": ("raise ValueError('on purpose')", "ValueError: on purpose (__init__.py, line 1)"),
    "exits": ("raise SystemExit('no licence')", "SystemExit: no licence"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "own_exception": ("class End(BaseException): pass\nraise End('odd')", "End: odd"),
    "lacks_a_package": ("import not_there_at_all", "No module named 'not_there_at_all'"),
    "no_python": ("def f(:", "SyntaxError: invalid syntax"),
    "null_bytes": ("x = 1\0", "null bytes"),
    "recurses": ("def f(): f()\nf()", "RecursionError"),
    "recurses_at_a_low_limit": (
        "import sys\nsys.setrecursionlimit(60)\ndef f(): f()\nf()",
        "RecursionError",
    ),
    "registers_nothing": ("", "registers nothing"),
    "ends": ("import os\nos._exit(0)", "ended the process that imported it: exit code 0"),
    "segfaults": ("import ctypes\nctypes.string_at(0)", "killed by SIGSEGV"),
    "aborts": ("import os\nos.abort()", "killed by SIGABRT"),
    "kills_itself": ("import os, signal\nos.kill(os.getpid(), 9)", "killed by SIGKILL"),
    "sleeps": ("import time\ntime.sleep(600)", "not imported within 5 s; TILTYARD_PLUGIN_SECONDS"),
    "loops": ("while True: pass", "not imported within 5 s"),
    "class_for_a_function": (registering("a_class", "type('C', (), {})"), "__code__"),
    "no_callable": (registering("a_number", "3"), "__code__"),
    "too_few_arguments": (registering("two", "lambda t, y: y"), "cannot be called with (t, y,"),
    "name_of_no_text": (registering(3), "method 3: name is 3, no str"),
    "tags_of_text": (
        registering("tagged", tags="slow"),
        "tags are single letters: write ('slow',)",
    ),
    "tags_of_numbers": (registering("tagged", tags=(1, 2)), "tags is (1, 2)"),
    "order_of_text": (registering("high", max_order="7"), "TypeError"),
    "order_of_a_half": (registering("half", max_order=2.5), "max_order is 2.5, no int"),
    "order_too_high": (registering("high", max_order=12), "max_order 12 is outside 0..7"),
    "negative_samples": (registering("few", min_samples=-3), "min_samples -3 1 or more"),
    "unknown_family": (registering("kin", family="cousin"), "family 'cousin' is unknown"),
    "twice": (registering("same") + registering("same"), "same (python) is registered twice"),
    "made_up_code": (
        GOOD + "exec(compile('def g(t, y, t_eval, orders): pass', '<none>', 'exec'))\n"
        "estimator('made_up', **FACTS)(g)\n",
        "FileNotFoundError",
    ),
    "takes_a_name": (registering("zero"), "names exist already, of the study's own"),
    "takes_another": (registering("shared_name"), "names exist already, of shares_a_name"),
}

#: Name -> code that changes its process, or prints, and is an estimator all the same.
MOVING = {
    "shares_a_name": registering("shared_name"),
    "prints": "print('[1, 2' * 1000)\nimport os\nos.write(1, b'{')\n" + registering("printing"),
    "closes_outputs": "import sys\nsys.stdout = sys.stderr = None\n" + registering("closing"),
    "moves": "import os, tempfile\nos.chdir('/')\nos.umask(0o777)\n" + registering("moving"),
    "patches": "import numpy as np\nnp.seterr(all='raise')\nnp.random.seed(1)\nnp.mean = sorted\n"
    + registering("patching"),
    "imports_ours": (
        "import tiltyard.studies.derivatives.estimators.control.anchors\n" + registering("ours")
    ),
    "leaves_a_thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
        + registering("threading_on")
    ),
    "leaves_a_process": (
        "import subprocess\nsubprocess.Popen(['sleep', '600'])\n" + registering("forking")
    ),
}

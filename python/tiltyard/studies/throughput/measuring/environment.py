"""Environment of a launch: nothing that decides its speed but what the strategy says.

The length of the environment moves the stack, and the seed of hashes the order of sets, by which a
program gains or loses some per cent (Mytkowicz et al., ASPLOS 2009): both are drawn anew for each
launch, from its seed.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Mapping
from pathlib import Path

from tiltyard.engine.work.command_worker import CLEARED
from tiltyard.engine.work.worker import THREAD_VARIABLES
from tiltyard.pipelines.stages import VARIABLE

#: Further prefixes of variables that are removed.
ALSO_CLEARED = (
    *("MALLOC", "JEMALLOC", "LD_BIND", "LD_DEBUG", "LD_PROFILE", "LD_SHOW_AUXV"),
    *("OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "VECLIB_", "NUMEXPR_", "NUMBA_", "RAYON_", "TBB_"),
    *("JOBLIB_", "LOKY_", "PYTHON"),
)
#: Variables that are kept although a prefix fits: they say where things are.
KEPT = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "PYTHONPYCACHEPREFIX", "PYTHONNOUSERSITE"),
    *("PYTHONUTF8", "PYTHONIOENCODING", "NUMBA_CACHE_DIR"),
)
#: Further variables with the number of threads.
ALSO_THREADS = ("JULIA_NUM_THREADS", "POLARS_MAX_THREADS", "LOKY_MAX_CPU_COUNT")
PADDING = "TILTYARD_PADDING"
#: Variable by which all processes of a launch can be found.
MARK = "TILTYARD_LAUNCH"
#: Most letters of the padding.
MOST_PADDING = 4096
#: Variables whose values are those of one launch, for a record of it.
RECORDED = ("PYTHONHASHSEED", PADDING, *THREAD_VARIABLES, *ALSO_THREADS)


def environment_of(
    workers: int, seed: int, folder: Path, stages: Path, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Environment of one launch.

    Parameters
    ----------
    workers : int
        Number of threads of numerical libraries.
    seed : int
        Decides the hash seed of Python and the length of the padding.
    folder : path
        Folder for temporary files.
    stages : path
        File to which the command adds its stages.
    more : mapping or None
        Variables that are set after all others.
    """
    prefixes = (*CLEARED, *ALSO_CLEARED)
    kept = {
        name: text
        for name, text in os.environ.items()
        if name in KEPT or not name.startswith(prefixes)
    }
    rng = random.Random(f"environment {seed}")
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    absolute = os.pathsep.join(os.path.abspath(path) for path in paths if path)
    return {
        **kept,
        **({"PYTHONPATH": absolute} if absolute else {}),
        **dict.fromkeys((*THREAD_VARIABLES, *ALSO_THREADS), str(workers)),
        "PYTHONHASHSEED": str(rng.randrange(1, 2**32)),
        MARK: uuid.uuid4().hex,
        PADDING: "x" * rng.randint(0, MOST_PADDING),
        "TMPDIR": str(folder),
        VARIABLE: str(stages),
        **(more or {}),
    }


def record_of(environment: Mapping[str, str]) -> dict[str, str]:
    """What of `environment` is this launch's own, in short: the padding is its length."""
    own = {name: environment[name] for name in RECORDED if name in environment}
    return {**own, PADDING: str(len(environment.get(PADDING, "")))}

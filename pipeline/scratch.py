"""Files for one run outside the store, and what runs that were killed left behind.

Their names carry the process that owns them, so that another run can tell whether it is gone.
"""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

OWNED = re.compile(
    r"(?:spark-events|spark-log|spark-sockets|cellar-lab-zip|prediction-log)-(?P<pid>[0-9]+)-.*"
)
STALE_SECONDS = 24 * 3600.0


def prefix(what: str) -> str:
    """What the name of a file or folder of this process begins with.

    Args:
        what: ``spark-events``, ``spark-log``, ``spark-sockets``, ``cellar-lab-zip`` or
            ``prediction-log``.
    """
    return f"{what}-{os.getpid()}-"


def sweep(folder: Path | None = None, *, stale_seconds: float = STALE_SECONDS) -> None:
    """Remove what dead runs left in a folder, the one for temporary files unless another is named.

    What is younger than ``stale_seconds``, or belongs to a process that runs or to another user,
    stays.
    """
    before = time.time() - stale_seconds
    for entry in os.scandir(folder or tempfile.gettempdir()):
        owner = OWNED.fullmatch(entry.name)
        if owner is None or _runs(int(owner["pid"])):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
            if status.st_mtime >= before or status.st_uid != os.getuid():
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
        except OSError:
            continue  # another run removed it


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # another user's, or no number of a process
    return True

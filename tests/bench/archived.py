"""Java's archive of Spark's classes, as every run but the first on a machine has it."""

import os
import subprocess
import sys
from pathlib import Path

from pipeline import rehearsal
from pipeline.archive import VARIABLE
from pipeline.spark_settings import SERIAL
from scripts.servers import ROOT


def with_archive(data: Path) -> dict[str, str]:
    """The environment of a command that starts Java with an archive; it is made when missing."""
    cache = data / "java"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), VARIABLE: "use"}
    if not any(cache.glob("*/spark-*")):
        command = [sys.executable, "-m", rehearsal.__name__, SERIAL]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return environment

"""Files of results that visitors bring: checked in memory, shown to them, kept nowhere."""

from store.benchmark_check import read_run
from store.benchmark_run import BenchmarkRun

MAX_NAME = 60


def read_brought(name: str, text: str) -> BenchmarkRun:
    """The run in a file that a visitor brought.

    Args:
        name: What the file is called; only its last part is said again.
        text: What is in it.

    Raises:
        ArtifactError: It is too large, no file of results, or not to be believed; the text says
            why.
    """
    short = name.replace("\\", "/").rpartition("/")[2][:MAX_NAME]
    return read_run(text.encode(errors="replace"), name=short or "The file")

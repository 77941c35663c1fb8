"""Open mutants of honest files until the time is up: ``python -m tests.fuzz --minutes 60``.

Each is opened in a confined child, as the server would. Counted is how that ended; a file that
ended a child by a signal, tripped its wire, took too long, or raised what nobody expected is kept
in the folder and makes the exit code 1.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.loop import run


def main() -> int:
    """Run, and print a line a minute and the counts at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path("fuzz-kept"))
    options = parser.parse_args()
    started, told = time.monotonic(), 0.0

    def tell(counts: Counter[str], *, force: bool = False) -> None:
        nonlocal told
        if force or time.monotonic() - told > 60:
            told = time.monotonic()
            minutes = (told - started) / 60
            print(f"{minutes:.1f} min {json.dumps(dict(counts.most_common()))}", flush=True)

    counts, bad = run(options.minutes * 60, options.seed, kept=options.kept, progress=tell)
    tell(counts, force=True)
    print(f"{counts.total():,} mutants; {len(bad)} that ended as none should: {bad[:20]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

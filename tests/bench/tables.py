"""Synthetic tables to measure with: made once, in Parquet, and kept."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.servers import ROOT

DESCRIPTOR = ROOT / "data" / "wine.toml"
CACHE = ROOT / ".cellar" / "bench"
MILLION = 1_000_000
LARGEST_MADE = 10 * MILLION


def table(folder: Path, rows: int) -> Path:
    """A table of so many rows in the wine example's 13 columns and its group; made when missing.

    One of more than 10 M rows is the one of 10 M several times over: links to its files under
    other names. Everything reads and decodes each of them, the system's cache holds them once.
    """
    found = folder / str(rows)
    if found.is_dir():
        return found
    folder.mkdir(parents=True, exist_ok=True)
    return _linked(folder, found, rows) if rows > LARGEST_MADE else _made(found, rows)


def _made(folder: Path, rows: int) -> Path:
    verb = [sys.executable, "-m", "pipeline", "synthesize", "--rows", str(rows)]
    print(f"(making a table of {rows:,} rows in {folder})", file=sys.stderr, flush=True)
    subprocess.run(
        [*verb, "--descriptor", str(DESCRIPTOR), "--out", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


def _linked(folder: Path, made: Path, rows: int) -> Path:
    times, rest = divmod(rows, LARGEST_MADE)
    if rest:
        raise ValueError(f"{rows:,} rows are no multiple of {LARGEST_MADE:,}")
    files = sorted(table(folder, LARGEST_MADE).glob("*.parquet"))
    draft = made.with_name(f"{made.name}.{os.getpid()}")
    draft.mkdir()
    for turn in range(times):
        for file in files:
            (draft / f"{turn:03}-{file.name}").symlink_to(file.resolve())
    return draft.rename(made)

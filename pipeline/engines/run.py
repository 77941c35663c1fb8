"""The work behind ``python -m pipeline engines``: sizes and engines -> a stored ``EngineRun``."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from pipeline.engines.harness import Plan, begun, measure
from pipeline.engines.registry import BY_NAME, ENGINES, Engine
from pipeline.engines.tables import SEED, TABLE, tables
from pipeline.java import cache_folder
from pipeline.progress import Steps
from pipeline.stopping import stoppable
from store.artifacts import ArtifactStore
from store.engine_run import EngineRun
from store.errors import ArtifactError, InputError
from store.releases import engines_key, version_id
from store.schema import decode, encode

LEAST_ROWS, MOST_ROWS = 100, 10**9
DATA = f"synthetic rows that look like data/{TABLE.name}, seed {SEED}"


class Order(NamedTuple):
    """What a person asked for: sizes in rows, engines, seconds a cell, processes a cell."""

    rows: tuple[int, ...]
    engines: tuple[Engine, ...] = ENGINES
    budget: float = 60.0
    repeats: int = 3
    resume: bool = False


class StoredRun(NamedTuple):
    """A run and its key."""

    key: str
    run: EngineRun


def run_engines(
    order: Order, store: ArtifactStore, steps: Steps, *, work: Path | None = None
) -> StoredRun:
    """Measure, and store the result. What is measured so far is in ``work`` all the while.

    Args:
        order: What is measured.
        store: Where the result goes.
        steps: Shows what happens.
        work: A folder for the tables and the draft; one in the user's cache without it.

    Raises:
        InputError: There is nothing to resume.
        CellarError: The rows could not be made, or the store failed.
    """
    work = work or cache_folder() / "engines"
    draft = work / "draft.json"
    plan = Plan(order.engines, order.budget, order.repeats)
    with _alone(work), stoppable():
        before = _resumed(draft, begun(plan, DATA)) if order.resume else None
        return _measured(plan, order.rows, before, draft, store, steps)


def _measured(
    plan: Plan,
    rows: Sequence[int],
    before: EngineRun | None,
    draft: Path,
    store: ArtifactStore,
    steps: Steps,
) -> StoredRun:
    if before is None:
        for left in (path for path in draft.parent.iterdir() if path.is_dir()):
            shutil.rmtree(left)

    def save(run: EngineRun) -> None:
        beside = draft.with_suffix(".new")
        beside.write_bytes(encode(run))
        beside.replace(draft)

    run = measure(
        plan,
        tables(rows, draft.parent),
        save=save,
        steps=steps,
        data=DATA,
        before=before,
    )
    data = encode(run)
    key = engines_key(version_id(run.created, data))
    store.put_new(key, data)
    shutil.rmtree(draft.parent)
    return StoredRun(key, run)


def sizes(text: str) -> tuple[int, ...]:
    """The sizes in ``1e3,1e4,250000``, ascending. Raises InputError."""
    try:
        found = sorted({int(float(word)) for word in text.split(",")})
    except (ValueError, OverflowError):
        raise InputError(f'"{text}" is no list of sizes. Write them as 1e3,1e4,250000.') from None
    if found[0] < LEAST_ROWS or found[-1] > MOST_ROWS:
        raise InputError(f"A size is {LEAST_ROWS:,} to {MOST_ROWS:,} rows, and here is {text}.")
    return tuple(found)


def named(text: str) -> tuple[Engine, ...]:
    """The engines in ``pandas,duckdb``; all of them for ``all``. Raises InputError."""
    words: Sequence[str] = [*BY_NAME] if text == "all" else text.split(",")
    unknown = [word for word in words if word not in BY_NAME]
    if unknown:
        raise InputError(f'"{unknown[0]}" is no engine. There are: {", ".join(BY_NAME)}.')
    return tuple(BY_NAME[word] for word in dict.fromkeys(words))


@contextlib.contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Keep a second run away from the folder: the two would disturb each other's timings too."""
    work.mkdir(parents=True, exist_ok=True)
    mark = work / "process"
    other = int(mark.read_text()) if mark.exists() else 0
    if other and psutil.pid_exists(other):
        raise InputError(f"Another run is under way (process {other}). Wait until it is done.")
    mark.write_text(str(os.getpid()))
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _resumed(path: Path, fresh: EngineRun) -> EngineRun:
    """The run that was cut off, with the engines that are asked for now too."""
    before = _draft(path)
    for what in ("machine", "data", "budget_seconds", "repeats"):
        if (then := getattr(before, what)) != (now := getattr(fresh, what)):
            raise InputError(
                f"The run that was cut off had another {what.replace('_', ' ')}: {then}, and now "
                f"it is {now}. Run it without --resume."
            )
    known = {engine.name: engine for engine in (*before.engines, *fresh.engines)}
    return before.model_copy(update={"engines": tuple(known.values())})


def _draft(path: Path) -> EngineRun:
    try:
        return decode(EngineRun, path.read_bytes(), name="The run that was cut off")
    except FileNotFoundError:
        raise InputError("No run was cut off, so there is none to resume.") from None
    except ArtifactError as error:
        raise InputError(f"{error} Run it without --resume.") from error

"""The work behind ``python -m pipeline benchmark``: a file of results, and its place in a store."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pipeline.benchmark.fingerprint import machine
from pipeline.benchmark.harness import Limits, Task, measure
from pipeline.benchmark.job import Workload
from pipeline.benchmark.progress import Bar
from pipeline.benchmark.registry import BY_NAME, WORKLOADS
from pipeline.stopping import stoppable
from store.artifacts import ArtifactStore
from store.benchmark_check import MAX_RUN_BYTES, read_run
from store.benchmark_run import BenchmarkRun, Device, sealed
from store.errors import AlreadyExists, InputError
from store.releases import BENCHMARK, benchmark_key, publish_result
from store.schema import Release, encode, now, software
from store.signature import KeyPair

HARNESS: Final = 1
SEED: Final = 20261129
DEVICES: Final[tuple[Device, ...]] = ("cpu", "cuda", "mps")
QUICK_SIZES: Final = (1_000, 10_000)

Amount = Literal["quick", "default", "full"]
# For one device; each further one has as much again.
LIMITS: Final[dict[Amount, Limits]] = {
    "quick": Limits(cell=10, run=60),
    "default": Limits(cell=30, run=300),
    "full": Limits(cell=600, run=5_400),
}


class Choice(NamedTuple):
    """What a person asked for.

    Args:
        amount: How much is measured.
        devices: Where; the CPU and what is found here when it is empty.
        workloads: Names; all that belong to the amount when it is empty.
        budget: Seconds for the whole run, instead of what the amount has.
        instance: The type of a rented machine.
    """

    amount: Amount = "default"
    devices: tuple[Device, ...] = ()
    workloads: tuple[str, ...] = ()
    budget: float | None = None
    instance: str | None = None


def run_benchmark(choice: Choice, out: Path) -> BenchmarkRun:
    """Measure, and write the file after every cell.

    Raises:
        InputError: The file cannot be written.
    """
    fresh = begun(choice)
    found = tuple(gpu.kind for gpu in fresh.machine.accelerators)
    devices = choice.devices or tuple(dict.fromkeys(("cpu", *found)))
    chosen = tasks(choice.amount, devices, choice.workloads)
    limits = LIMITS[choice.amount]
    limits = limits._replace(run=choice.budget or limits.run * len(devices))

    def save(run: BenchmarkRun) -> None:
        beside = out.with_name(f"{out.name}.new")
        try:
            beside.write_bytes(encode(run))
            beside.replace(out)
        except OSError as error:
            raise InputError(f"{out} cannot be written: {error.strerror}.") from error

    out.parent.mkdir(parents=True, exist_ok=True)
    save(fresh)
    with stoppable(), Bar(sum(task.work for task in chosen), limits.run) as shown:
        shown.note(fresh.machine.accelerators_note)
        return measure(fresh, chosen, limits, save=save, shown=shown)


def begun(choice: Choice) -> BenchmarkRun:
    """A run of which nothing is measured yet."""
    moment = now()
    return sealed(
        BenchmarkRun(
            created=moment,
            software=software("pydantic", "psutil"),
            id=f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            harness=HARNESS,
            arguments=_arguments(choice),
            machine=machine(instance=choice.instance),
            seed=SEED,
            started=moment,
            finished=None,
            cells=(),
            content_sha256="0" * 64,
        )
    )


def tasks(amount: Amount, devices: Sequence[Device], names: Sequence[str]) -> list[Task]:
    """What is measured, workload by workload, the devices of each one after the other."""
    found = []
    for workload in named(names) if names else belonging(amount):
        sizes = workload.full_sizes if amount == "full" else workload.sizes
        if amount == "quick":
            sizes = tuple(rows for rows in sizes if rows in QUICK_SIZES)
        found += [
            Task(workload, device, False, sizes) for device in devices if device in workload.on
        ]
        second = workload.second
        if amount == "full" and "cpu" in devices and second and not second.missing():
            found.append(Task(workload, "cpu", True, sizes))
    return found


def belonging(amount: Amount) -> list[Workload]:
    """The workloads of an amount: the optional ones join a full run where they are installed."""
    return [
        workload
        for workload in WORKLOADS
        if not workload.optional or (amount == "full" and not workload.way("cpu").missing())
    ]


def named(names: Sequence[str]) -> list[Workload]:
    """The workloads of these names. Raises InputError."""
    if unknown := [name for name in names if name not in BY_NAME]:
        raise InputError(f'"{unknown[0]}" is no workload. There are: {", ".join(BY_NAME)}.')
    return [BY_NAME[name] for name in dict.fromkeys(names)]


def devices_in(text: str) -> tuple[Device, ...]:
    """The devices in ``cpu,cuda``. Raises InputError."""
    words = text.split(",")
    if unknown := [word for word in words if word not in DEVICES]:
        raise InputError(f'"{unknown[0]}" is no device. There are: {", ".join(DEVICES)}.')
    return tuple(device for device in DEVICES if device in words)


def check_file(path: Path) -> BenchmarkRun:
    """The run in a file of results.

    Raises:
        InputError: The file cannot be read.
        ArtifactError: It is not to be believed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RUN_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    return read_run(data, name=path.name)


def publish_run(path: Path, store: ArtifactStore, *, key: KeyPair | None = None) -> Release:
    """Put a file of results into a store, checked, and make it live beside those that are.

    Raises:
        InputError: The file cannot be read.
        ArtifactError: It is not to be believed.
        StoreError: The store failed.
    """
    run = check_file(path)
    data = encode(run)
    at = benchmark_key(run.id)
    try:
        store.put_new(at, data)
    except AlreadyExists:
        if store.get(at, max_bytes=MAX_RUN_BYTES) != data:
            raise
    return publish_result(store, f"{BENCHMARK}{run.id}", at, BenchmarkRun, key=key)


def _arguments(choice: Choice) -> tuple[str, ...]:
    """The choices as a command line has them, without paths."""
    said = [] if choice.amount == "default" else [f"--{choice.amount}"]
    for name, values in (("devices", choice.devices), ("workloads", choice.workloads)):
        said += [f"--{name}", ",".join(values)] if values else []
    return (*said, *(["--budget", f"{choice.budget:g}"] if choice.budget else []))

"""What a training costs against how long it takes, with lines of equal price."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.figures.chart import Chart, Trace
from dashboard.figures.hardware.wording import said_seconds
from dashboard.figures.traces import Row, or_nothing, placed
from dashboard.hardware.cost import HOUR, Rate, cost
from dashboard.hardware.pairs import cells_of, comparable, series, workloads
from dashboard.hardware.phases import Kind, repeats
from dashboard.theme import EDGE, NEUTRAL, SYMBOLS
from store.benchmark_run import BenchmarkRun
from store.published import Published

NOTHING = "Without a price there is no cost"
USD = tuple(10.0**power for power in range(-9, 6))
ISO_PRICES = (0.1, 1.0, 10.0)  # US dollars an hour
TIMES = {
    1e-5: "10 µs", 1e-4: "100 µs", 1e-3: "1 ms", 1e-2: "10 ms", 0.1: "100 ms", 1.0: "1 s",
    10.0: "10 s", 60.0: "1 min", 600.0: "10 min", HOUR: "1 h", 10 * HOUR: "10 h",
    100 * HOUR: "100 h",
}  # fmt: skip
BEHIND: Trace = {"type": "scatter", "showlegend": False, "hoverinfo": "skip"}
COST_COLUMNS = ("Work", "Where", "Rows", "Seconds", "USD an hour", "USD per training")


class Priced(NamedTuple):
    """One training: what, where, how long, and what an hour of that machine costs."""

    work: str
    where: str
    place: int
    rows: int
    seconds: float
    rate: Rate
    hollow: bool = False  # it may not be compared with the CPU
    source: str = ""  # the address where the time is published

    @property
    def usd(self) -> float:
        """What it costs."""
        return cost(self.seconds, self.rate)


def priced(run: BenchmarkRun, rates: Mapping[str, Rate], kind: Kind) -> list[Priced]:
    """Each workload on the most rows of each device that has a rate, ``cpu`` or ``gpu``."""
    found = []
    for workload in workloads(run):
        for one in series(run):
            rate = rates.get("cpu" if one.device == "cpu" else "gpu")
            cells = cells_of(run, workload, one)
            if rate is None or not cells or cells[-1].timings is None:
                continue
            seconds = float(np.median(repeats(cells[-1].timings, kind)))
            rows = cells[-1].rows
            cpu = run.cell(workload.name, rows, "cpu")
            hollow = cpu is None or (one.place > 0 and not comparable(cpu, cells[-1]))
            found.append(Priced(workload.title, one.label, one.place, rows, seconds, rate, hollow))
    return found


def published_costs(published: Published) -> list[Priced]:
    """Published pairs whose machines have a published price of the same date."""
    found = []
    for timing in published.timings:
        sides = (
            (timing.cpu, timing.cpu_seconds, "CPU", 0),
            (timing.gpu, timing.gpu_seconds, "GPU", 2),
        )
        both = [
            Priced(
                f"{timing.algorithm}, {timing.library}",
                f"{where}: {price.instance}",
                place,
                timing.rows or 0,
                seconds,
                Rate(price.usd_per_hour),
                source=timing.source_url,
            )
            for machine, seconds, where, place in sides
            for price in published.dated_prices
            if machine and seconds and price.instance in machine
            if price.as_of == timing.source_date
        ]
        if len(both) == len(sides):
            found += both
    return found


def cost_against_time(trainings: Sequence[Priced]) -> Chart:
    """
    Draw what a training costs (US dollars) against how long it takes, both logarithmic.

    Returns:
        A thin line joins the devices of one work; a trace a device in its colour and symbol, hollow
        where it may not be compared with the CPU. On a dotted line every machine has the same
        price an hour. Without a price: a sentence.
    """
    if not trainings:
        return or_nothing(Chart(), NOTHING)
    times = [training.seconds for training in trainings]
    ends = [min(times) / 3, max(times) * 12]  # the prices stand right of the last mark
    ticks = [tick for tick in TIMES if ends[0] <= tick <= ends[1]]
    layout = {
        "xaxis": {
            "type": "log",
            "range": np.log10(ends).tolist(),
            "tickvals": ticks,
            "ticktext": [TIMES[tick] for tick in ticks],
            "title": {"text": "time of a training"},
            "showgrid": True,
        },
        "yaxis": {
            "type": "log",
            "title": {"text": "USD per training"},
            "tickvals": USD,
            "ticktext": list(map(_tick, USD)),
        },
    }
    devices = {
        place: _marks([training for training in trainings if training.place == place], place)
        for place in sorted({training.place for training in trainings})
    }
    lines = [_joined(trainings), *(_iso_price(price, ends) for price in ISO_PRICES)]
    return Chart([*placed(devices), *lines], layout)


def cost_rows(trainings: Sequence[Priced]) -> list[Row]:
    """[``COST_COLUMNS``], a row a training."""
    return [[t.work, t.where, t.rows, t.seconds, t.rate.usd_per_hour, t.usd] for t in trainings]


def said_usd(usd: float) -> str:
    """US dollars with three digits.

    >>> [said_usd(usd) for usd in (51.7957, 0.0325, 0.0000042)]
    ['$51.80', '$0.0325', '$0.0000042']
    """
    if usd >= 1:
        return f"${usd:,.2f}"
    return "$" + f"{float(f'{usd:.3g}'):.12f}".rstrip("0")


def _tick(usd: float) -> str:
    return f"${usd:,.0f}" if usd >= 1 else "$" + f"{usd:.9f}".rstrip("0")


def _marks(trainings: Sequence[Priced], place: int) -> Trace:
    names = list(dict.fromkeys(training.where for training in trainings))
    return {
        "type": "scatter",
        "x": [training.seconds for training in trainings],
        "y": [training.usd for training in trainings],
        "name": names[0] if len(names) == 1 else names[0].partition(":")[0],
        "mode": "markers",
        "marker": {
            "symbol": [f"{SYMBOLS[place]}-open" if t.hollow else SYMBOLS[place] for t in trainings],
            "size": 11,
        },
        "customdata": [
            [f"{t.work}<br>{t.where}", said_seconds(t.seconds), said_usd(t.usd)] for t in trainings
        ],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}, %{customdata[2]}<extra></extra>",
    }


def _joined(trainings: Sequence[Priced]) -> Trace:
    """A line between the trainings of one work; below the marks."""
    x: list[float | None] = []
    y: list[float | None] = []
    for work in dict.fromkeys((training.work, training.rows) for training in trainings):
        own = [t for t in trainings if (t.work, t.rows) == work]
        x += [*(t.seconds for t in own), None]
        y += [*(t.usd for t in own), None]
    return {
        **BEHIND,
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": NEUTRAL, "width": 1},
        "zorder": -1,
    }


def _iso_price(usd_per_hour: float, ends: Sequence[float]) -> Trace:
    rate = Rate(usd_per_hour)
    return {
        **BEHIND,
        "x": ends,
        "y": [cost(end, rate) for end in ends],
        "mode": "lines+text",
        "line": {"color": EDGE, "dash": "dot", "width": 1.2},
        "text": ["", f"${usd_per_hour:.2f} an hour"],
        "textposition": "top left",
        "textfont": {"size": 11, "color": EDGE},
        "zorder": -2,
    }

"""Traffic for a running server: real rows of a model's table, asked again and again.

python -m scripts.traffic http://127.0.0.1:8050 --rate 20 --seconds 60
python -m scripts.traffic http://127.0.0.1:8050 --shift alcohol=0.5     half a standard deviation

Rows are drawn with replacement from the table that data/wine.toml describes, or another descriptor.
Some are asked as the Predict page asks, some as tables; some requests are wrong on purpose; some
answers are judged by the label that the table has. It ends by itself, and speaks to this machine
alone unless it is told otherwise.
"""

import argparse
import csv
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from statistics import stdev
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from scripts.servers import ROOT
from store.descriptor import Descriptor, read_descriptor

LOCAL = {"127.0.0.1", "localhost", "::1"}
MOST_RATE, MOST_SECONDS = 2_000.0, 3_600.0
JSON = "application/json"


class Row(NamedTuple):
    """A row as a request has it, and its true class as the table spells it."""

    values: dict[str, float]
    truth: str


class Answer(NamedTuple):
    """A status with the body and headers that a later question needs."""

    status: int
    body: bytes
    id: str


@dataclass(frozen=True)
class Plan:
    """How much is asked, and of which kind. Shares are of the requests, 0 to 1.

    Args:
        rate: Requests a second.
        seconds: For so long.
        model: Its name; "" asks the default one.
        wrong: Requests that cannot be answered.
        tables: Requests that hold a table.
        page: Requests that say that they come from the Predict page.
        feedback: Answers to one row that are judged.
        shift: What is added to a feature, in standard deviations of the table, by its name.
        shift_after: Seconds before the shift begins.
        seed: Of the draws.
    """

    rate: float = 20.0
    seconds: float = 60.0
    model: str = ""
    wrong: float = 0.02
    tables: float = 0.05
    page: float = 0.2
    feedback: float = 0.1
    shift: Mapping[str, float] = field(default_factory=dict)
    shift_after: float = 0.0
    seed: int = 0


def replay(url: str, rows: Sequence[Row], plan: Plan) -> Counter[str]:
    """Ask a server; gives how often each kind of request got each status.

    It keeps to the rate as far as the server answers in time. Raises OSError where nobody listens.
    """
    draw = random.Random(plan.seed)
    shifts = _shifts(rows, plan)
    path = f"/models/{plan.model}/predict" if plan.model else "/predict"
    counts: Counter[str] = Counter()
    begin = time.monotonic()
    with _Client(urlsplit(url)) as client:
        for number in range(int(plan.rate * plan.seconds)):
            due = begin + number / plan.rate
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() - begin > plan.seconds:
                break
            moved = shifts if time.monotonic() - begin >= plan.shift_after else {}
            counts.update(_once(client, path, rows, moved, plan, draw))
    return counts


def table_rows(descriptor: Descriptor, folder: Path) -> list[Row]:
    """The complete rows of a described CSV table of numbers, under the names of their features."""
    assert descriptor.target is not None, "a table to replay has a target"
    with (folder / descriptor.source).open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    names = {name: feature.column for feature in descriptor.features for name in feature.names}
    found = []
    for line in listed:
        values = {
            names[name]: float(text) for name, text in line.items() if names.get(name) and text
        }
        if len(values) == len(descriptor.features):
            found.append(Row(values, line[descriptor.target.column]))
    return found


def _once(
    client: "_Client",
    path: str,
    rows: Sequence[Row],
    shifts: Mapping[str, float],
    plan: Plan,
    draw: random.Random,
) -> Counter[str]:
    """One request, and perhaps what is said of its answer."""
    kind = draw.random()
    if kind < plan.wrong:
        return Counter([f"wrong {client.post(path, _wrong(draw, rows)).status}"])
    if kind < plan.wrong + plan.tables:
        some = [_moved(row, shifts) for row in draw.choices(rows, k=draw.randint(2, 40))]
        return Counter([f"table {client.post(path, json.dumps({'instances': some})).status}"])
    row = draw.choice(rows)
    from_page = draw.random() < plan.page
    headers = {"X-Prediction-Source": "page"} if from_page else {}
    answer = client.post(path, json.dumps(_moved(row, shifts)), headers)
    counts = Counter([f"{'page' if from_page else 'row'} {answer.status}"])
    if answer.status == 200 and answer.id and draw.random() < plan.feedback:
        counts[f"feedback {_judge(client, answer, row).status}"] += 1
    return counts


def _judge(client: "_Client", answer: Answer, row: Row) -> Answer:
    said = str(json.loads(answer.body)["prediction"])
    judged = {"id": answer.id, "right": said == row.truth, "truth": row.truth}
    return client.post("/feedback", json.dumps(judged))


def _wrong(draw: random.Random, rows: Sequence[Row]) -> str:
    """A body that no model answers: a field is missing, is a word, or the JSON does not end."""
    values: dict[str, float | str] = dict(draw.choice(rows).values)
    name = draw.choice(list(values))
    match draw.randrange(3):
        case 0:
            del values[name]
        case 1:
            values[name] = "much"
        case _:
            return json.dumps(values)[:-2]
    return json.dumps(values)


def _moved(row: Row, shifts: Mapping[str, float]) -> dict[str, float]:
    return {name: value + shifts.get(name, 0.0) for name, value in row.values.items()}


def _shifts(rows: Sequence[Row], plan: Plan) -> dict[str, float]:
    """What is added to each feature. Raises KeyError for one that the table does not have."""
    return {name: by * stdev(row.values[name] for row in rows) for name, by in plan.shift.items()}


class _Client:
    """One connection that is kept, and opened again where the server closed it."""

    def __init__(self, address: SplitResult) -> None:
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = kind(address.hostname or "", address.port, timeout=30)

    def __enter__(self) -> "_Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a POST of JSON."""
        told = {"Content-Type": JSON, **(headers or {})}
        try:
            return self._sent(path, body, told)
        except (HTTPException, ConnectionError):  # a worker that ended closes what it had open
            self._connection.close()
            return self._sent(path, body, told)

    def _sent(self, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        self._connection.request("POST", path, body.encode(), dict(headers))
        response = self._connection.getresponse()
        found = response.getheader("X-Prediction-Id", "")
        return Answer(response.status, response.read(), found)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code says whether anything was answered."""
    asked = _parser().parse_args(arguments)
    if urlsplit(asked.url).hostname not in LOCAL and not asked.anywhere:
        print(f"{asked.url} is not this machine; --anywhere allows it.", file=sys.stderr)
        return 2
    if not 0 < asked.rate <= MOST_RATE or not 0 < asked.seconds <= MOST_SECONDS:
        print(f"At most {MOST_RATE:g} a second for {MOST_SECONDS:g} s.", file=sys.stderr)
        return 2
    rows = table_rows(read_descriptor(asked.descriptor), asked.descriptor.parent)
    chosen = {name: getattr(asked, name) for name in Plan.__dataclass_fields__ if name != "shift"}
    try:
        counts = replay(asked.url, rows, Plan(**chosen, shift=dict(asked.shift)))
    except OSError as error:
        print(f"{asked.url}: {error}", file=sys.stderr)
        return 1
    for kind, count in sorted(counts.items()):
        print(f"{kind:>16} {count:>8,}")
    return 0 if any(kind.endswith(" 200") for kind in counts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.traffic", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("url", help="the server, such as http://127.0.0.1:8050")
    usual, meanings = (
        Plan(),
        {
            "rate": f"requests a second, at most {MOST_RATE:g}",
            "seconds": f"for so long, at most {MOST_SECONDS:g}",
            "wrong": "share of requests that cannot be answered",
            "tables": "share of requests that hold a table",
            "page": "share of rows that say that they come from the page",
            "feedback": "share of answers that are judged",
            "shift_after": "seconds before the shift begins",
        },
    )
    for name, meaning in meanings.items():
        flag, default = f"--{name.replace('_', '-')}", getattr(usual, name)
        parser.add_argument(flag, type=float, default=default, help=f"{meaning} ({default:g})")
    parser.add_argument("--model", default="", help="the model's name (the default one)")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (0)")
    parser.add_argument(
        "--shift",
        type=_shift,
        action="append",
        default=[],
        metavar="FEATURE=SD",
        help="add so many standard deviations to a feature; may come again",
    )
    parser.add_argument(
        "--descriptor", type=Path, default=ROOT / "data" / "wine.toml", help="of the table"
    )
    parser.add_argument("--anywhere", action="store_true", help="also other machines than this one")
    return parser


def _shift(text: str) -> tuple[str, float]:
    name, _, by = text.rpartition("=")
    return name, float(by)


if __name__ == "__main__":
    sys.exit(main())

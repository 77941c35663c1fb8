"""Traffic: real rows, a share of wrong ones, and bounds that hold."""

import json
import random
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import mean, stdev
from threading import Thread
from typing import Any

import pytest

from scripts import traffic
from scripts.traffic import Plan, Row, main, replay, table_rows
from store.descriptor import read_descriptor


@pytest.fixture(scope="module")
def rows(root: Path) -> list[Row]:
    return table_rows(read_descriptor(root / "data" / "wine.toml"), root / "data")


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A server that answers class 0 to everything, and what it was asked."""
    asked: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), body))
            said = b'{"prediction": 0}'
            self.send_response(200)
            self.send_header("X-Prediction-Id", f"id-{len(asked)}")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_every_row_of_the_table_is_replayed_with_its_class(rows: list[Row]) -> None:
    assert len(rows) == 178
    assert rows[0].values["alcohol"] == 14.23
    assert {row.truth for row in rows} == {"0", "1", "2"}
    assert {len(row.values) for row in rows} == {13}


def test_the_shares_of_a_plan_are_those_of_the_requests(rows: list[Row], heard: Any) -> None:
    url, asked = heard

    counts = replay(url, rows, Plan(rate=400, seconds=1, wrong=0, tables=0.5, page=1, feedback=1))

    tables = [body for path, _, body in asked if b"instances" in body]
    judged = [json.loads(body) for path, _, body in asked if path == "/feedback"]
    assert 0.3 < len(tables) / sum(n for kind, n in counts.items() if "feedback" not in kind) < 0.7
    assert counts["page 200"] == counts["feedback 200"] == len(judged)
    assert all(said["right"] == (said["truth"] == "0") for said in judged)


def test_a_shift_adds_standard_deviations_to_its_feature_alone(rows: list[Row], heard: Any) -> None:
    url, asked = heard

    replay(url, rows, Plan(rate=500, seconds=1, wrong=0, tables=0, feedback=0, shift={"hue": 5}))

    hues = [json.loads(body)["hue"] for _, _, body in asked]
    before = [row.values["hue"] for row in rows]
    assert mean(hues) - mean(before) == pytest.approx(5 * stdev(before), rel=0.1)
    ashes = {json.loads(body)["ash"] for _, _, body in asked}
    assert ashes <= {row.values["ash"] for row in rows}


def test_what_is_wrong_is_never_a_complete_row(rows: list[Row]) -> None:
    draw = random.Random(1)

    for _ in range(200):
        body = traffic._wrong(draw, rows)
        try:
            values = json.loads(body)
        except ValueError:
            continue
        assert len(values) == 12 or "much" in values.values()


def test_it_ends_after_its_seconds_also_where_the_server_is_slow(
    rows: list[Row], heard: Any
) -> None:
    url, asked = heard

    replay(url, rows, Plan(rate=2_000, seconds=0.2))

    assert 0 < len(asked) < 2_000


def test_another_machine_is_not_asked_unless_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["http://example.org", "--seconds", "1"]) == 2
    assert "not this machine" in capsys.readouterr().err


@pytest.mark.parametrize("bound", [["--rate", "1e9"], ["--seconds", "1e9"], ["--rate", "0"]])
def test_the_bounds_hold(bound: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:1", *bound]) == 2
    assert "At most" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:1", "--seconds", "1"]) == 1
    assert "127.0.0.1" in capsys.readouterr().err

"""Metrics add up over all workers, the dead ones too, and cost next to nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import create_app
from dashboard.edge.counts import Counts, processes, sums
from dashboard.edge.metrics import Metrics
from dashboard.live.snapshot import Live
from dashboard.prediction_log.state import LogState
from dashboard.services import Services
from dashboard.settings import Settings

GOOD = {"acidity": 2.0, "sugar": 4.0}


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values, in the order of the labels' names."""
    return {
        (
            sample.name.removeprefix("cellar_lab_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status(client):
    for body in (GOOD, GOOD, {}):
        client.post("/predict", json=body)
    client.post("/models/drinks/predict", json=GOOD)
    client.get("/models/drinks")

    found = values(client.get("/metrics").text)

    assert found["requests_total", "/predict", "200"] == 2
    assert found["requests_total", "/predict", "422"] == 1
    assert found["requests_total", "/models/<name>/predict", "200"] == 1
    assert found["requests_total", "/models/<name>", "200"] == 1
    assert found["errors_total", "wrong fields"] == 1


def test_answers_are_counted_by_model_and_version_whatever_way_they_took(client, model):
    client.post("/predict", json=GOOD)
    client.post("/models/drinks/predict?explain=0", json=GOOD)
    client.post("/predict", data="acidity,sugar\n2,4\n", content_type="text/csv")
    client.post("/predict", json={})

    found = values(client.get("/metrics").text)

    assert found["predictions_total", "drinks", model.card.version] == 3


def test_times_fall_into_buckets_that_add_up():
    metrics = Metrics()
    for seconds in (0.0001, 0.0005, 0.003, 0.2, 100):
        metrics.answered("/predict", 200, seconds)

    found = values(metrics.text(Live(), LogState()).decode())

    assert found["request_seconds_bucket", "0.0005", "/predict"] == 2
    assert found["request_seconds_bucket", "0.0025", "/predict"] == 2
    assert found["request_seconds_bucket", "0.005", "/predict"] == 3
    assert found["request_seconds_bucket", "10.0", "/predict"] == 4
    assert found["request_seconds_bucket", "+Inf", "/predict"] == 5
    assert found["request_seconds_count", "/predict"] == 5
    assert found["request_seconds_sum", "/predict"] == pytest.approx(100.2036)


def test_paths_that_nobody_serves_make_no_new_series(client):
    for number in range(20):
        client.get(f"/no-such-page-{number}")
        client.get(f"/models/none/{number}")

    routes = {key[1] for key in values(client.get("/metrics").text) if key[0] == "requests_total"}

    assert routes <= {"/", "/<path:path>", "none", "/metrics", "/_dash-layout"}


def test_release_and_models_are_told(client, model):
    found = values(client.get("/metrics").text)

    assert found["release_sequence",] == 1
    assert found["release_age_seconds",] > 0
    told = ("flat", model.card.file.sha256[:12], "drinks", model.card.version)
    assert found["model_info", *told] == 1
    assert found["resident_memory_bytes", str(os.getpid())] > 2**20


def test_workers_add_up_and_a_killed_one_stays_in_the_sums(tmp_path: Path):
    program = (
        "import sys, time; from pathlib import Path; from dashboard.edge.counts import Counts\n"
        "counts = Counts(Path(sys.argv[1]))\n"
        "for turn in range(1000): counts.values[counts.slot('requests', 'here')] += 1\n"
        "print('counted', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    for worker in workers:
        assert worker.stdout.readline() == b"counted\n"
    assert processes(tmp_path) == sorted(worker.pid for worker in workers)

    workers[0].send_signal(signal.SIGKILL)
    workers[0].wait()
    try:
        assert sums(tmp_path) == {("requests", "here"): 2000}
        assert processes(tmp_path) == [workers[1].pid]
    finally:
        workers[1].kill()
        for worker in workers:
            worker.wait()
            worker.stdout.close()


def test_a_fork_counts_for_itself():
    metrics = Metrics()
    metrics.answered("/", 200, 0.001)
    child = os.fork()
    if child == 0:
        metrics.answered("/", 200, 0.001)
        os._exit(0)
    os.waitpid(child, 0)
    metrics.answered("/", 200, 0.001)

    assert values(metrics.text(Live(), LogState()).decode())["requests_total", "/", "200"] == 3
    assert len(list(metrics.folder.glob("*.values"))) == 2


def test_more_numbers_than_there_is_room_for_are_left_out(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("dashboard.edge.counts.SLOTS", 3)
    counts = Counts(tmp_path)
    for name in "abcd":
        counts.values[counts.slot(name)] += 1

    assert sums(tmp_path) == {("a",): 1, ("b",): 1}


def test_counting_a_request_takes_less_than_five_microseconds():
    metrics = Metrics()
    spent = []
    for _ in range(20):
        begin = time.thread_time()
        for _ in range(1000):
            metrics.answered("/predict", 200, 0.0001, ("drinks", "1"))
        spent.append((time.thread_time() - begin) / 1000)

    assert min(spent) < 5e-6


def test_with_a_token_only_its_bearer_may_read(shown):
    door = Services(lambda: shown.live, lambda: shown.live)
    client = create_app(Settings(metrics_token="the-token"), door).server.test_client()

    def status(authorization: str) -> int:
        return client.get("/metrics", headers={"Authorization": authorization}).status_code

    assert client.get("/metrics").status_code == 401
    assert status("Bearer another") == status("the-token") == 401
    assert status("Bearer the-token") == 200

"""Real servers and databases: what was answered is kept, each once, whatever is stopped or killed.

A request whose worker was killed may be kept though its answer never came: then one more is in
the database than was answered, for each connection that broke.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import postgres, servers
from store.prediction_log.database import Engine, open_database
from store.prediction_log.migrations import upgrade
from store.prediction_log.reading import tallies
from tests.dashboard.prediction_log.traffic import ROWS, Server, asking, serving, soon, stored
from tests.store.prediction_log.made import ALWAYS

PATIENCE = 5.0  # of a client on a busy machine; no answer may wait for a database


def counted(engine: Engine) -> int:
    return sum(tally.n for tally in tallies(engine, *ALWAYS, 86_400) if tally.measure == "latency")


def is_empty(server: Server) -> bool:
    """Whether nothing waits for the database."""
    state = server.state()
    return state["rows_waiting"] == 0 and state["away_since"] is None


@pytest.fixture
def postgres_log(postgres_url: str):
    engine = open_database(postgres_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def test_a_worker_that_is_killed_takes_nothing_with_it(
    log_url: str, log_engine: Engine, tmp_path: Path
):
    with serving(tmp_path, log_url) as server, asking(server.url, rate=300) as traffic:
        time.sleep(1.5)
        for _ in range(2):
            server.workers()[0].kill()
            time.sleep(1.5)

    kept = stored(log_engine)
    assert traffic.failures == []
    assert len(traffic.ids) > 500
    assert traffic.ids <= set(kept)
    assert len(kept) == len(set(kept)) == counted(log_engine)
    assert len(kept) - len(traffic.ids) <= traffic.broken * ROWS
    assert not list((tmp_path / "prediction-log").glob("*-*/*.journal"))


def test_all_workers_killed_at_once_leave_it_to_the_next_start(
    log_url: str, log_engine: Engine, tmp_path: Path
):
    with serving(tmp_path, log_url) as server, asking(server.url, rate=300) as traffic:
        time.sleep(1.2)
        for process in (server.process, *server.workers()):
            process.kill()

    with serving(tmp_path, log_url) as server:
        assert soon(lambda: traffic.ids <= set(stored(log_engine)))

    kept = stored(log_engine)
    assert len(traffic.ids) > 100
    assert len(kept) == len(set(kept)) == counted(log_engine)


def test_an_end_in_the_middle_of_writes_keeps_all(log_url: str, log_engine: Engine, tmp_path: Path):
    with serving(tmp_path, log_url) as server, asking(server.url, rate=400) as traffic:
        time.sleep(1.3)
        server.process.terminate()
        server.process.wait(30)

    assert len(traffic.ids) > 100
    assert traffic.ids <= set(stored(log_engine))
    assert counted(log_engine) == len(stored(log_engine))


def test_a_database_that_is_paused_and_restarted_costs_no_answer_and_no_row(
    postgres_server: postgres.Server, postgres_url: str, postgres_log: Engine, tmp_path: Path
):
    with serving(tmp_path, postgres_url) as server:
        with asking(server.url, rate=150) as traffic:
            time.sleep(1)
            with postgres_server.paused():
                assert soon(lambda: server.state()["away_since"], 20)
                assert server.state()["rows_waiting"] > 0
            postgres_server.stop()
            time.sleep(1.5)
            postgres_server.start()
            time.sleep(0.5)
            postgres_server.stop(signal.SIGQUIT)
            postgres_server.start()
        assert soon(lambda: is_empty(server))

    kept = stored(postgres_log)
    assert traffic.failures == []
    assert traffic.broken == 0
    assert max(traffic.seconds) < PATIENCE
    assert sorted(traffic.ids) == kept
    assert counted(postgres_log) == len(kept)


def test_a_file_that_somebody_holds_is_waited_for(tmp_path: Path):
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    upgrade(engine)
    with serving(tmp_path, f"sqlite:///{tmp_path / 'log.db'}") as server:
        holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with asking(server.url, rate=150) as traffic:
            assert soon(lambda: server.state()["away_since"], 20)
        holder.execute("ROLLBACK")
        holder.close()
        assert soon(lambda: is_empty(server))

    assert traffic.failures == []
    assert max(traffic.seconds) < PATIENCE
    assert sorted(traffic.ids) == stored(engine)
    engine.dispose()


def test_a_full_disk_of_the_database_is_waited_for(tmp_path: Path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this system mounts no disk in memory")
    try:
        url = f"sqlite:///{disk / 'log.db'}"
        with serving(tmp_path, url) as server:
            with asking(server.url, rate=300) as traffic:
                assert soon(lambda: server.state()["away_since"], 30)
            subprocess.run(
                ["mount", "-o", "remount,size=64m", str(disk)], check=True, capture_output=True
            )
            assert soon(lambda: is_empty(server))
        engine = open_database(url)
        assert traffic.failures == []
        assert sorted(traffic.ids) == stored(engine)
        engine.dispose()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_goes_away_leaves_lines_that_can_be_replayed(
    tmp_path: Path, root: Path, free_port: int
):
    nobody = f"postgresql://nobody:secret@127.0.0.1:{free_port}/nothing"
    port = servers.free_port()
    given = {"CACHE_DIR": str(tmp_path), "DATABASE_URL": nobody, "PORT": str(port), "DYNO": "web.1"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            servers.web_command(), cwd=root, env=os.environ | given, stdout=output
        )
        url = f"http://127.0.0.1:{port}"
        try:
            assert soon(lambda: _answers(url), 60)
            with asking(url, rate=150) as traffic:
                time.sleep(1)
        finally:
            process.terminate()
            process.wait(40)

    database = f"sqlite:///{tmp_path / 'again.db'}"
    for verb in (["migrate"], ["replay", str(log)], ["replay", str(log)]):
        subprocess.run(
            [sys.executable, "-m", "dashboard.prediction_log", *verb],
            cwd=root,
            env=os.environ | {"DATABASE_URL": database},
            check=True,
            capture_output=True,
        )
    engine = open_database(database)
    assert traffic.failures == []
    assert len(traffic.ids) > 100
    assert sorted(traffic.ids) == stored(engine)
    engine.dispose()


def test_off_keeps_nothing_and_says_nothing(tmp_path: Path):
    with serving(tmp_path, "", LOG_PREDICTIONS="off") as server:
        with asking(server.url, rate=100) as traffic:
            time.sleep(0.5)
        assert server.state()["kept"] is False

    assert set(traffic.singles + traffic.tables) == {""}
    assert not (tmp_path / "prediction-log").exists()


def _answers(url: str) -> bool:
    from urllib.request import urlopen

    try:
        with urlopen(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False

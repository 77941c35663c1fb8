"""What Linux tells of the server's processes."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from dashboard.monitoring.server import Server


def test_this_process_is_told_with_its_memory_and_its_start():
    [worker] = Server().workers()

    assert worker.process == os.getpid()
    assert 10e6 < worker.own <= worker.resident < 64e9
    assert datetime.now(UTC) - timedelta(days=1) < worker.began <= datetime.now(UTC)


def test_the_start_lasts_from_the_process_until_the_application_stood():
    program = "from dashboard.monitoring.server import Server; print(Server().start_seconds)"

    before = datetime.now(UTC)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    spent = (datetime.now(UTC) - before).total_seconds()

    assert 0.02 < float(done.stdout) <= spent + 0.02  # the kernel tells to a hundredth


def test_a_process_that_is_gone_is_left_out():
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )

    assert Server(lambda: [int(gone.stdout), os.getpid()]).workers()[0].process == os.getpid()
    assert len(Server(lambda: [int(gone.stdout), os.getpid()]).workers()) == 1

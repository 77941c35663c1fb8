"""``make run-s3``: a release goes to a bucket over HTTP, the dashboard answers from there."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_whole_way_through_s3(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.run_s3", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    ready, predicted = done.stdout.splitlines()[-2:]
    assert ready.startswith("GET /readyz 200 ")
    assert predicted.startswith("POST /predict 200 ")
    answer = json.loads(predicted.removeprefix("POST /predict 200 "))
    assert answer["predicted_class"] == answer["prediction"] == 0
    assert answer["model"]["name"] == "wine"

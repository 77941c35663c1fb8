"""The whole way through S3 on one machine: a server that speaks it, a release, the dashboard.

python -m scripts.run_s3            publish to a bucket, serve from it until Ctrl-C
python -m scripts.run_s3 --check    publish, ask the dashboard once, end
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import urllib.request

from scripts.servers import ROOT, make_bucket, s3_server, s3_variables, web_server

BUCKET = "cellar-lab"
ARTIFACTS_URL = f"s3://{BUCKET}/demo"


def main() -> int:
    """Run it. The exit code is the pipeline's where publishing fails."""
    parser = argparse.ArgumentParser(prog="python -m scripts.run_s3")
    parser.add_argument("--check", action="store_true", help="ask the dashboard once, and end")
    check = parser.parse_args().check
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers on the way out

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    with s3_server() as s3_url:
        os.environ |= s3_variables(s3_url) | {"ARTIFACTS_URL": ARTIFACTS_URL}
        make_bucket(s3_url, BUCKET)
        print(f"An S3 server runs at {s3_url}; publishing to {ARTIFACTS_URL}.", flush=True)
        published = subprocess.run([sys.executable, "-m", "pipeline", "run"], cwd=ROOT)
        if published.returncode != 0:
            return published.returncode
        if check:
            with web_server({}) as url:
                ask(url)
        else:
            with web_server({}, port=int(os.environ.get("PORT") or 8050), quiet=False) as url:
                print(f"Serving the model of {ARTIFACTS_URL} at {url}; Ctrl-C ends it.", flush=True)
                signal.pause()
    return 0


def ask(url: str) -> None:
    """Print whether the dashboard is ready, and its answer for the first row of the example."""
    with urllib.request.urlopen(f"{url}/readyz", timeout=30) as answer:
        print("GET /readyz", answer.status, answer.read().decode().strip())

    with (ROOT / "data" / "wine.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    *features, _label = row  # the last column is the answer
    body = json.dumps({name: float(row[name]) for name in features}).encode()
    request = urllib.request.Request(
        f"{url}/predict", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        print("POST /predict", answer.status, answer.read().decode().strip())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

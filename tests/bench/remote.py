"""The same rows from S3, a server on this machine, and from a folder."""

from pathlib import Path

import boto3

from scripts.servers import make_bucket, s3_server, s3_variables
from tests.bench.contestants import contestant
from tests.bench.findings import Finding, ratio
from tests.bench.processes import Cost
from tests.bench.tables import MILLION, table
from tests.bench.warm import middle

ROWS = MILLION
MOST = 1.5
BUCKET = "bench"
WARM_UPS = 2


def measure(data: Path, *, quick: bool) -> list[Finding]:
    """One warm session of Spark, both in turn; the time of the server's process is not counted."""
    folder = table(data, ROWS)
    with s3_server() as url:
        make_bucket(url, BUCKET)
        _upload(folder, url)
        with contestant("spark", s3_variables(url)) as spark:
            remote: list[Cost] = []
            local: list[Cost] = []
            for turn in range(WARM_UPS + (3 if quick else 9)):
                if turn == WARM_UPS:
                    remote, local = [], []
                remote.append(spark.ask(do="profile", where=f"s3://{BUCKET}/"))
                local.append(spark.ask(do="profile", where=str(folder)))
    what = f"Profile of {ROWS / MILLION:g} M rows from S3 / from a folder"
    (seconds, cpu), (local_seconds, local_cpu) = middle(remote), middle(local)
    return [
        ratio(f"{what}, CPU", cpu, local_cpu, unit="cpu_s", most=MOST),
        ratio(f"{what}, wall", seconds, local_seconds, unit="s"),
    ]


def _upload(folder: Path, url: str) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="demo",
        aws_secret_access_key="demo",
    )
    for file in sorted(folder.glob("*.parquet")):
        s3.upload_file(str(file), BUCKET, file.name)

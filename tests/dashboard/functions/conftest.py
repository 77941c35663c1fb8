"""The vendors' own frameworks on this machine, each with our function in it."""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
from azure.functions import HttpRequest

from dashboard import create_app
from dashboard.services import EXTENSION
from dashboard.settings import Settings
from scripts.servers import ROOT, free_port, running
from tests.dashboard.functions.lambda_runtime import LambdaRuntime

COMPARED = ("Content-Type", "Content-Length", "X-Model-Version", "X-Model-Hash", "Allow")


class Said(NamedTuple):
    """The part of an answer that all fronts have to agree on."""

    status: int
    headers: dict[str, str | None]
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)


class Asked(NamedTuple):
    """A request, for whatever front."""

    method: str = "POST"
    path: str = "/predict"
    query: str = ""
    content_type: str = "application/json"
    body: bytes = b""


Front = Callable[[Asked], Said]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of every front: the committed release, and one folder for what was checked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MODEL_PUBLIC_KEY", raising=False)
        patch.setenv("ARTIFACTS_URL", str(ROOT / "data" / "artifacts"))
        patch.setenv("CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield dict(os.environ)


@pytest.fixture(scope="session")
def dashboard(environment: dict[str, str]) -> Front:
    """The server of the dashboard, with which every other front is compared."""
    server = create_app(Settings.from_environment(environment)).server
    server.extensions[EXTENSION].ready()  # each front opens its model before it answers

    def ask(asked: Asked) -> Said:
        answer = server.test_client().open(
            asked.path,
            method=asked.method,
            query_string=asked.query,
            data=asked.body,
            content_type=asked.content_type or None,
        )
        return said(answer.status_code, answer.headers, answer.get_data())

    return ask


def said(status: int, headers: object, body: bytes) -> Said:
    get = headers.get  # type: ignore[attr-defined]  # a mapping of whatever package
    return Said(status, {name: get(name) for name in COMPARED}, body)


@pytest.fixture(scope="session", params=["plain", "google", "aws", "azure"])
def front(
    request: pytest.FixtureRequest,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """A front in its vendor's framework, started as the vendor starts it."""
    starts: dict[str, Callable[[], AbstractContextManager[Front]]] = {
        "plain": lambda: flask_run(environment),
        "google": lambda: functions_framework(environment, tmp_path_factory.mktemp("google")),
        "aws": lambda: aws_lambda(environment),
        "azure": azure_functions,
    }
    with starts[request.param]() as ask:
        yield ask


@contextmanager
def flask_run(environment: dict[str, str]) -> Iterator[Front]:
    """``flask --app dashboard.functions.plain run``, as a process."""
    port = str(free_port())
    command = [sys.executable, "-m", "flask", "--app", "dashboard.functions.plain", "run"]
    url = f"http://127.0.0.1:{port}"
    with running([*command, "--port", port], f"{url}/readyz", environment, quiet=True):
        yield over_http(url)


@contextmanager
def functions_framework(environment: dict[str, str], source: Path) -> Iterator[Front]:
    """Google's framework around a ``main.py`` as it is deployed, as a process."""
    main = source / "main.py"
    main.write_text("from dashboard.functions.google import predict\n", encoding="utf-8")
    port = str(free_port())
    command = [sys.executable, "-m", "functions_framework", "--source", str(main)]
    command += ["--target", "predict", "--host", "127.0.0.1", "--port", port]
    url = f"http://127.0.0.1:{port}"
    variables = environment | {"PYTHONPATH": str(ROOT)}
    with running(command, f"{url}/readyz", variables, quiet=True):
        yield over_http(url)


def over_http(url: str) -> Front:
    def ask(asked: Asked) -> Said:
        request = urllib.request.Request(
            f"{url}{asked.path}?{asked.query}",
            data=asked.body if asked.method == "POST" else None,
            headers={"Content-Type": asked.content_type} if asked.content_type else {},
            method=asked.method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return said(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return said(error.code, error.headers, error.read())

    return ask


@contextmanager
def aws_lambda(environment: dict[str, str]) -> Iterator[Front]:
    """AWS's own runtime client, as a process, with a runtime API that hands it events."""
    with LambdaRuntime("dashboard.functions.aws.handler", environment) as runtime:

        def ask(asked: Asked) -> Said:
            answer = runtime.invoke(
                {
                    "version": "2.0",
                    "rawPath": asked.path,
                    "rawQueryString": asked.query,
                    "headers": {"content-type": asked.content_type, "host": "example.org"},
                    "requestContext": {
                        "stage": "$default",
                        "http": {"method": asked.method, "path": asked.path},
                    },
                    "body": asked.body.decode(),
                    "isBase64Encoded": False,
                }
            )
            return said(answer["statusCode"], answer["headers"], answer["body"].encode())

        yield ask


@contextmanager
def azure_functions() -> Iterator[Front]:
    """Azure's function app in this process; its host is in no registry."""
    [function] = import_module("dashboard.functions.azure").app.get_functions()
    predict = function.get_user_function()

    def ask(asked: Asked) -> Said:
        answer = predict(
            HttpRequest(
                method=asked.method,
                url=f"https://example.org{asked.path}?{asked.query}",
                headers={"Content-Type": asked.content_type} if asked.content_type else {},
                body=asked.body,
            )
        )
        return said(answer.status_code, answer.headers, answer.get_body())

    yield ask

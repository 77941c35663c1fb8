"""What is particular to the events of AWS."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboard.functions.lambda_runtime import LambdaRuntime


@pytest.fixture(scope="module")
def runtime(environment: dict[str, str]) -> Iterator[LambdaRuntime]:
    with LambdaRuntime("dashboard.functions.aws.handler", environment) as started:
        yield started


def event(**parts: Any) -> dict[str, Any]:
    """An event as a function URL sends it."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/predict",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "anonymous",
            "domainName": "demo.lambda-url.eu-west-3.on.aws",
            "http": {"method": "POST", "path": "/predict", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": "{}",
        "isBase64Encoded": False,
    } | parts


def test_a_body_in_base64_is_the_same_body(runtime: LambdaRuntime) -> None:
    body = json.dumps({"Süße": 1})

    plain = runtime.invoke(event(body=body))
    coded = runtime.invoke(
        event(body=base64.b64encode(body.encode()).decode(), isBase64Encoded=True)
    )

    assert plain["statusCode"] == 422
    assert coded == plain


def test_the_stage_of_an_api_gateway_is_no_part_of_the_path(runtime: LambdaRuntime) -> None:
    about = {"stage": "prod", "http": {"method": "GET", "path": "/prod/healthz"}}

    answer = runtime.invoke(event(rawPath="/prod/healthz", requestContext=about))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "ok"}


def test_an_event_without_body_and_query_is_answered(runtime: LambdaRuntime) -> None:
    about = {"http": {"method": "GET", "path": "/healthz"}}

    answer = runtime.invoke({"rawPath": "/healthz", "requestContext": about})

    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"

"""What S3 and boto3 say when something is wrong, as ``store.errors`` and in plain words.

Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from store.errors import (
    AccessDenied,
    AlreadyExists,
    NoBucket,
    NotFound,
    StoreError,
    StoreUnavailable,
)

PERMISSIONS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
WRONG_KEY = {"InvalidAccessKeyId", "InvalidSecurity", "InvalidToken", "SignatureDoesNotMatch"}
WRONG_REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
}
# Of boto3, before anything was sent.
NO_CREDENTIALS = {
    "ConfigNotFound": "the AWS configuration file that is named is not there",
    "ConfigParseError": "the AWS configuration file cannot be read",
    "CredentialRetrievalError": "the AWS credentials could not be fetched",
    "LoginTokenLoadError": "the login of the AWS profile is not valid any more",
    "NoCredentialsError": "there are no AWS credentials",
    "PartialCredentialsError": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set",
    "ProfileNotFound": "there is no AWS profile of the name in AWS_PROFILE",
    "SSOTokenLoadError": "nobody is logged in to the AWS profile",
    "TokenRetrievalError": "the login of the AWS profile is not valid any more",
    "UnauthorizedSSOTokenError": "the login of the AWS profile is not valid any more",
}


def status_of(error: Any) -> int:
    """The HTTP status of what boto3 raised, 0 where there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def was_refused(error: Any, url: str, key: str, *, anonymous: bool) -> StoreError:
    """What to raise of a ClientError, which is an answer of the server.

    Args:
        error: The ClientError.
        url: The store.
        key: The object asked for, empty where it was the bucket.
        anonymous: Whether the request was not signed, for want of credentials.
    """
    said = error.response.get("Error", {})
    code, status, where = said.get("Code", ""), status_of(error), f"{url}/{key}"
    bucket = url.removeprefix("s3://").partition("/")[0]
    if code in {"NoSuchKey", "404"} and key:
        return NotFound(f"There is no {key} in {url}.")
    if status in {409, 412}:
        return AlreadyExists(f"{key} exists in {url}; published objects never change.")
    if code in {"NoSuchBucket", "404"}:
        return NoBucket(f"There is no bucket {bucket}. Make it, or correct ARTIFACTS_URL.")
    if code in {"RequestTimeTooSkewed", "RequestInTheFuture"}:
        return AccessDenied(f"{where}: {_skew(error)} Set the clock of this machine.")
    if code in EXPIRED:
        return AccessDenied(
            f"{where}: the AWS credentials have expired ({code}). Log in again (aws sso login), or "
            "set new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        )
    if code in WRONG_KEY:
        return AccessDenied(
            f"{where}: access denied ({code}): the server does not know whom it is asked by. Check "
            "the AWS credentials (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), "
            "and whether AWS_ENDPOINT_URL_S3 is the server that they are of."
        )
    if code in WRONG_REGION or status in {301, 307}:
        return StoreUnavailable(f"{where}: {_region(error, bucket)}")
    if status in {401, 403}:
        return AccessDenied(f"{where}: {_denied(error, code, anonymous=anonymous)}")
    return StoreUnavailable(f"{where}: the S3 server answered {code or status}.")


def was_not_reached(error: Exception, url: str, key: str) -> StoreError:
    """What to raise of a BotoCoreError, which is no answer of a server."""
    kind = type(error).__name__
    if reason := NO_CREDENTIALS.get(kind):
        return AccessDenied(
            f"{url}: {reason} ({kind}). Check AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY; a public bucket needs none of them."
        )
    return StoreUnavailable(
        f"{url}/{key}: {kind}. Check AWS_ENDPOINT_URL_S3, AWS_REGION and the network."
    )


def _denied(error: Any, code: str, *, anonymous: bool) -> str:
    """Which permission is missing, and what else the server may mean."""
    needed = PERMISSIONS.get(error.operation_name, "")
    if anonymous:
        return (
            f"access denied ({code}): no AWS credentials were found, so the request was not "
            f"signed, and the bucket lets nobody do that ({needed}). Check the AWS credentials: "
            "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    missing = (
        " Without s3:ListBucket the server says so of an object that is not there, too."
        if needed == "s3:GetObject"
        else ""
    )
    return (
        f"access denied ({code}). This needs {needed or 'more permissions'}.{missing} Check the "
        "AWS credentials and the bucket policy."
    )


def _skew(error: Any) -> str:
    """How far the clock here is from the server's."""
    theirs = _server_time(error.response)
    if theirs is None:
        return "the clock of this machine is not that of the S3 server."
    seconds = (datetime.now(UTC) - theirs).total_seconds()
    direction = "ahead of" if seconds > 0 else "behind"
    minutes = abs(seconds) / 60
    far = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    return f"the clock of this machine is {far} {direction} the S3 server's."


def _server_time(response: Mapping[str, Any]) -> datetime | None:
    said = response.get("Error", {}).get("ServerTime")
    dated = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        moment = datetime.fromisoformat(said) if said else parsedate_to_datetime(dated or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _region(error: Any, bucket: str) -> str:
    """In which region the bucket is, as far as the server says so."""
    said = error.response.get("Error", {})
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if region := headers.get("x-amz-bucket-region") or said.get("Region"):
        return f"the bucket {bucket} is in the region {region}. Set AWS_REGION={region}."
    return f"the bucket {bucket} is in another region. Set AWS_REGION to that."

"""A store in Google Cloud Storage, or in a server that speaks its JSON API."""

import contextlib
import io
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from store.artifacts.law import Tagged, checked, install, taken, too_large
from store.artifacts.remote import CONNECT_SECONDS, DEADLINE_SECONDS, READ_SECONDS, RemoteStore
from store.errors import (
    AccessDenied,
    AlreadyExists,
    NotFound,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Client

RETRY_SECONDS = 15.0  # no new try is begun after as long


class GcsStore(RemoteStore["Client"]):
    """A store under a prefix of a bucket in Google Cloud Storage.

    Credentials are found the standard way (``GOOGLE_APPLICATION_CREDENTIALS``, gcloud's own, the
    machine's service account). Where there are none, requests go unsigned, which is what a public
    bucket takes. ``STORAGE_EMULATOR_HOST`` names another server, which is asked unsigned. The tag
    of an object is its generation.
    """

    scheme = "gs://"

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        blob, body = self._blob(key), _Bounded(max_bytes)
        try:
            with self._errors(key):
                from google.api_core.exceptions import NotModified

                try:
                    blob.download_to_file(
                        body,
                        if_generation_not_match=None if unless is None else int(unless),
                        **self._patience(),
                    )
                except NotModified:
                    return None
                except _TooLarge:
                    blob.reload(**self._patience())
                    raise too_large(key, blob.size, max_bytes) from None
        except NotFound:  # of what? Listing tells, to those whom the bucket lets list
            with contextlib.suppress(AccessDenied):
                self.keys(key)
            raise
        tag = str(blob.generation)  # of what came: it is in the answer's headers
        return None if tag == unless else Tagged(body.getvalue(), tag)

    def _delete(self, key: str) -> None:
        self._blob(key).delete(**self._patience())

    def keys(self, prefix: str = "") -> list[str]:
        with self._errors(""):
            blobs = self._client.list_blobs(
                self._name,
                prefix=self._prefix + prefix,
                fields="items(name),nextPageToken",
                **self._patience(),
            )
            names = [blob.name for blob in blobs]
        return self._keys_of(names)

    def _write(self, key: str, data: bytes, *, onto: str | None) -> str:
        blob, lost = self._blob(key), list[Exception]()
        try:
            with self._errors(key):
                blob.upload_from_string(
                    data,
                    content_type="application/octet-stream",
                    if_generation_match=None if onto is None else int(onto or 0),
                    **self._patience(lost),
                )
        except AlreadyExists:
            if (written := self._tag_if_written(key, data, lost)) is None:
                raise
            return written
        except NotFound as error:  # a write needs no object: it is the bucket that is not there
            raise self._no_bucket() from error
        return str(blob.generation)

    def _blob(self, key: str) -> "Blob":
        return self._client.bucket(self._name).blob(self._prefix + checked(key))

    def _connect(self) -> "Client":
        try:
            from google.auth.credentials import AnonymousCredentials
            from google.auth.exceptions import DefaultCredentialsError
            from google.cloud.storage import Client
        except ModuleNotFoundError as error:
            raise install(self.url, "google-cloud-storage", extra="gcs") from error
        with self._errors(""):
            try:
                client = Client()
            except DefaultCredentialsError:
                if "GOOGLE_APPLICATION_CREDENTIALS" in os.environ:
                    raise
                client = Client(project="none", credentials=AnonymousCredentials())
            except OSError:  # credentials of a person, but no project: none is needed here
                client = Client(project="none")
        # It would ask about the bucket in a thread, for traces that nobody writes here.
        client._bucket_metadata_cache = None
        return client

    def _patience(self, lost: list[Exception] | None = None) -> dict[str, Any]:
        """How long to wait and how often to try again; ``lost`` gets why, each time."""
        from google.api_core.retry import Retry
        from google.cloud.storage.retry import DEFAULT_RETRY

        retry: Retry = Retry(
            predicate=DEFAULT_RETRY._predicate,
            initial=0.2,
            maximum=5.0,
            timeout=RETRY_SECONDS,
            on_error=None if lost is None else lost.append,
        )
        return {"retry": retry, "timeout": (CONNECT_SECONDS, READ_SECONDS)}

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate what Google's packages raise into what ``store.errors`` promises."""
        from google.api_core import exceptions as answered
        from google.auth import exceptions as unsigned
        from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
        from requests import RequestException

        where = f"{self.url}/{key}"
        try:
            try:
                yield
            except answered.RetryError as error:
                raise error.cause or error from error
        except answered.NotFound as error:
            if not key:
                raise self._no_bucket() from error
            raise NotFound(f"There is no {key} in {self.url}.") from error
        except answered.PreconditionFailed as error:
            raise AlreadyExists(taken(key, self.url)) from error
        except (answered.Unauthorized, answered.Forbidden) as error:
            raise AccessDenied(
                f"{where}: access denied ({error.code}). Check the Google credentials, the roles "
                "that the bucket gives them and the clock of this machine."
            ) from error
        except (answered.GoogleAPICallError, InvalidResponse) as error:
            status = getattr(error, "code", None) or error.response.status_code
            raise StoreUnavailable(f"{where}: Cloud Storage answered {status:d}.") from error
        except (unsigned.DefaultCredentialsError, unsigned.RefreshError) as error:
            raise AccessDenied(
                f"{where}: the credentials cannot be used ({type(error).__name__}). Check "
                "GOOGLE_APPLICATION_CREDENTIALS and the clock of this machine."
            ) from error
        except (RequestException, ConnectionError, DataCorruption, unsigned.GoogleAuthError) as why:
            raise StoreUnavailable(
                f"{where}: {type(why).__name__}. Check STORAGE_EMULATOR_HOST and the network."
            ) from why
        except _TooSlow as error:
            raise StoreUnavailable(
                f"{where} was not read within {DEADLINE_SECONDS:.0f} s. Check the network."
            ) from error


class _TooLarge(Exception):
    """More bytes come than are read."""


class _TooSlow(Exception):
    """Bytes come, but too few a second."""


class _Bounded(io.BytesIO):
    """Takes so many bytes, and for so long."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self._deadline = time.monotonic() + DEADLINE_SECONDS

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > self._max_bytes:
            raise _TooLarge
        if time.monotonic() > self._deadline:
            raise _TooSlow
        return super().write(data)

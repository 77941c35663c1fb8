"""A store in Azure Blob Storage, or in a server that speaks its API."""

import contextlib
import hashlib
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
    from azure.storage.blob import BlobClient, ContainerClient

ATTEMPTS = 3
PAUSE_SECONDS = 1  # on average, before another try
PIECE_BYTES = 4 * 2**20  # what is read at once
ACCOUNT = (
    "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "
    "AZURE_STORAGE_SAS_TOKEN."
)


class AzureStore(RemoteStore["ContainerClient"]):
    """A store under a prefix of a container in Azure Blob Storage.

    The account comes from the variables that Azure's own tools read:
    ``AZURE_STORAGE_CONNECTION_STRING``, or ``AZURE_STORAGE_ACCOUNT`` with ``AZURE_STORAGE_KEY`` or
    ``AZURE_STORAGE_SAS_TOKEN``. With the account alone requests go unsigned, which is what a public
    container takes. The tag of an object is its ETag.
    """

    scheme = "az://"
    place = "container"

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        blob = self._blob(key)
        with self._errors(key):
            from azure.core import MatchConditions
            from azure.core.exceptions import HttpResponseError

            condition: dict[str, Any] = {}
            if unless is not None:
                condition = {"etag": unless, "match_condition": MatchConditions.IfModified}
            try:
                found = blob.download_blob(**condition)
            except HttpResponseError as error:
                if error.status_code == 304:
                    return None
                raise
            if found.size > max_bytes:  # the first piece has come, no other
                raise too_large(key, found.size, max_bytes)
            digest, pieces = hashlib.md5(usedforsecurity=False), []
            for piece in found.chunks():
                digest.update(piece)
                pieces.append(piece)
                if time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"{self.url}/{key} was not read within {DEADLINE_SECONDS:.0f} s. Check "
                        "the network."
                    )
            stored = found.properties.content_settings.content_md5
            if stored is not None and bytes(stored) != digest.digest():
                raise StoreUnavailable(f"{self.url}/{key} was changed on the way. Try again.")
            return Tagged(b"".join(pieces), str(found.properties.etag))
        raise AssertionError("unreachable")

    def _delete(self, key: str) -> None:
        self._blob(key).delete_blob()

    def keys(self, prefix: str = "") -> list[str]:
        with self._errors(""):
            names = [*self._client.list_blob_names(name_starts_with=self._prefix + prefix)]
        return self._keys_of(names)

    def _write(self, key: str, data: bytes, *, onto: str | None) -> str:
        blob, lost = self._blob(key), list[object]()
        try:
            with self._errors(key):
                from azure.core import MatchConditions
                from azure.storage.blob import ContentSettings

                condition: dict[str, Any] = {}
                if onto:
                    condition = {"etag": onto, "match_condition": MatchConditions.IfNotModified}
                # Told, so that the server compares it now and a reader later, for large blobs too.
                digest = hashlib.md5(data, usedforsecurity=False).digest()
                answer = blob.upload_blob(
                    data,
                    overwrite=onto != "",
                    **condition,
                    content_settings=ContentSettings(content_md5=bytearray(digest)),
                    retry_hook=lambda **tried: lost.append(tried),
                )
                return str(answer["etag"])
        except AlreadyExists:
            if (written := self._tag_if_written(key, data, lost)) is None:
                raise
            return written
        raise AssertionError("unreachable")

    def _blob(self, key: str) -> "BlobClient":
        return self._client.get_blob_client(self._prefix + checked(key))

    def _connect(self) -> "ContainerClient":
        try:
            from azure.storage.blob import BlobServiceClient, LinearRetry
        except ModuleNotFoundError as error:
            raise install(self.url, "azure-storage-blob", extra="azure") from error
        patience: dict[str, Any] = {
            "retry_policy": LinearRetry(
                PAUSE_SECONDS, retry_total=ATTEMPTS - 1, random_jitter_range=PAUSE_SECONDS
            ),
            "connection_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "max_single_get_size": PIECE_BYTES,
            "max_chunk_get_size": PIECE_BYTES,
        }
        told = os.environ.get
        with self._errors(""):
            if connection := told("AZURE_STORAGE_CONNECTION_STRING"):
                service = BlobServiceClient.from_connection_string(connection, **patience)
            elif account := told("AZURE_STORAGE_ACCOUNT"):
                service = BlobServiceClient(
                    f"https://{account}.blob.core.windows.net",
                    told("AZURE_STORAGE_KEY") or told("AZURE_STORAGE_SAS_TOKEN"),
                    **patience,
                )
            else:
                raise AccessDenied(f"{self.url} needs an account. {ACCOUNT}")
        return service.get_container_client(self._name)

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate what Azure's packages raise into what ``store.errors`` promises."""
        from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

        where = f"{self.url}/{key}"
        try:
            yield
        except HttpResponseError as error:
            code, status = getattr(error, "error_code", None), error.status_code
            code = str(getattr(code, "value", code) or status or type(error).__name__)
            if code == "ContainerNotFound" or (status == 404 and not key):
                raise self._no_bucket() from error
            if status == 404:
                raise NotFound(f"There is no {key} in {self.url}.") from error
            if code == "BlobAlreadyExists" or status == 412:
                raise AlreadyExists(taken(key, self.url)) from error
            if isinstance(error, ClientAuthenticationError) or status in {401, 403}:
                raise AccessDenied(
                    f"{where}: access denied ({code}). Check the account, the key or the roles, "
                    f"and the clock of this machine. {ACCOUNT}"
                ) from error
            raise StoreUnavailable(f"{where}: Blob Storage answered {code}.") from error
        except AzureError as error:
            raise StoreUnavailable(
                f"{where}: {type(error).__name__}. Check the account's name and the network."
            ) from error
        except ValueError as error:  # what a connection string or a key that is none raises
            raise AccessDenied(f"{where}: the credentials cannot be read. {ACCOUNT}") from error

"""The MongoDB driver as this program uses it: one lazy client, short waits, and its failures in our words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from threading import Lock
from typing import Any, ParamSpec, TypeVar

if not (find_spec("OpenSSL") and find_spec("service_identity")):
    # pymongo tries PyOpenSSL before the standard library's ssl, and imports the whole of cryptography before it finds that
    # PyOpenSSL is not there. Saying so beforehand spares a cold start that and changes nothing else.
    sys.modules.setdefault("pymongo.pyopenssl_context", None)  # type: ignore[arg-type]  # None is how Python notes "not there"

from pymongo import MongoClient, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidOperation,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from sightsync.errors import CatalogUnavailable, Misconfigured, SightSyncError, StorageFull

__all__ = ["Document", "DuplicateKeyError", "Images", "OperationFailure", "ReturnDocument", "Server", "translated"]

Document = dict[str, Any]
Images = Collection[Document]

DATABASE = "sightsync"  # where the address names none
OPERATION_MS = 4000  # a whole operation, its retries included: callers are told well within 6 s
SELECTION_MS = 3500  # to find a server that answers
CONNECT_MS = 2500
POOL = 2  # connections of one process: a function handles one request at a time, and free clusters take 500 in all
IDLE_MS = 60_000

NO_ADDRESS = "SIGHTSYNC_CATALOG is no MongoDB address. One looks like mongodb+srv://user:password@host/sightsync."

DISK_FULL = 14031
REFUSED = (13, 18)  # Unauthorized, AuthenticationFailed
ATLAS = 8000  # Atlas says by text which of its own rules was broken

P = ParamSpec("P")
R = TypeVar("R")


class Server:
    """The database behind an address. Nothing is resolved or connected before the first use."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: MongoClient[Document] | None = None
        self._lock = Lock()
        self._closed = False

    @property
    def database(self) -> Database[Document]:
        with self._lock:
            if self._closed:
                raise CatalogUnavailable("This catalog was closed.")
            if self._client is None:
                try:
                    self._client = _client(self._uri)
                except (InvalidURI, ValueError) as error:
                    raise Misconfigured(NO_ADDRESS) from error
            return self._client.get_default_database(DATABASE)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()


def _client(uri: str) -> MongoClient[Document]:
    return MongoClient(
        uri,
        appname="sightsync",
        connect=False,
        maxPoolSize=POOL,
        maxIdleTimeMS=IDLE_MS,
        timeoutMS=OPERATION_MS,
        serverSelectionTimeoutMS=SELECTION_MS,
        connectTimeoutMS=CONNECT_MS,
        retryWrites=True,
        retryReads=True,
        w="majority",
        tz_aware=True,
    )


def translated(call: Callable[P, R]) -> Callable[P, R]:
    """The same call, with the driver's failures as ours. What is our own mistake (a bad query, a wrong type) passes."""

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except PyMongoError as error:
            problem = _problem(error)
            if problem is None:
                raise
            raise problem from error

    return guarded


def _problem(error: PyMongoError) -> SightSyncError | None:
    """None of the messages holds an address: it may carry a password."""
    if isinstance(error, OperationFailure):
        return _refusal(error)
    if isinstance(error, InvalidOperation) and "close" in str(error):
        return CatalogUnavailable("This catalog was closed.")
    if isinstance(error, ConfigurationError):  # how the driver tells that a name was not found in the DNS
        return CatalogUnavailable("The database's address cannot be looked up.")
    if isinstance(error, ConnectionFailure) or error.timeout:
        return CatalogUnavailable("The database does not answer. Try again in a moment.")
    return None


def _refusal(error: OperationFailure) -> SightSyncError | None:
    text = str(error).lower()
    if error.code == DISK_FULL or (error.code == ATLAS and "quota" in text):
        return StorageFull("The database is full. Free some space or take a larger cluster; work goes on by itself.")
    if error.code in REFUSED or (error.code == ATLAS and "auth" in text):
        return CatalogUnavailable("The database refuses the user that SIGHTSYNC_CATALOG names.")
    if error.timeout or error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError"):
        return CatalogUnavailable("The database does not answer. Try again in a moment.")
    return None

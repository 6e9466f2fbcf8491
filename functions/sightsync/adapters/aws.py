"""How AWS is spoken with: clients that give up in time, and its failures in the words of our own family.

botocore alone, which boto3 is a wrapping of, and not before something is asked of AWS: most pages of a gallery ask nothing.
Credentials, region and AWS_ENDPOINT_URL come from the environment as everywhere with AWS; on Lambda they are the function's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from sightsync.errors import BadRequest, Misconfigured, StorageFull, StoreUnavailable, TooLarge

# A request of an API function, which must answer within seconds: three tries of connecting take less than six.
CONNECT_S, READ_S, TRIES = 1, 5, 3
# Bulk uploads from somebody's home: slow lines, and nobody waits for one request.
PATIENT_CONNECT_S, PATIENT_READ_S, PATIENT_TRIES = 20, 60, 8

_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "507"}  # S3 itself is never full; what speaks like it may be
_TOO_LARGE = {"EntityTooLarge", "MaxMessageLengthExceeded"}
_BAD_KEY = {"KeyTooLongError", "InvalidObjectName"}
_making = Lock()  # a session's parts are loaded by one thread at a time


def client(service: str, region: str | None = None, connections: int = 10, patient: bool = False) -> Any:
    """A client that many threads may share. `region` None: the environment's; Misconfigured when that has none."""
    import botocore.session  # type: ignore[import-untyped]  # it comes without types
    from botocore.config import Config  # type: ignore[import-untyped]  # likewise
    from botocore.exceptions import NoCredentialsError, NoRegionError  # type: ignore[import-untyped]  # likewise

    region = region or os.environ.get("AWS_REGION")  # Lambda and the AWS CLI know it by this name, botocore by another
    config = Config(
        region_name=region,
        signature_version="s3v4" if service == "s3" else None,
        # The bucket's own regional address, which a page's content security policy can name.
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        connect_timeout=PATIENT_CONNECT_S if patient else CONNECT_S,
        read_timeout=PATIENT_READ_S if patient else READ_S,
        retries={"mode": "standard", "total_max_attempts": PATIENT_TRIES if patient else TRIES},
        max_pool_connections=connections,
    )
    with _making, translated():
        session = botocore.session.get_session()
        session.register_component("data_loader", _descriptions())
        if not region and session.get_config_variable("region") is None:
            raise NoRegionError
        if session.get_credentials() is None:  # else presigning fails later, and as no error of its own
            raise NoCredentialsError
        return session.create_client(service, config=config)


@cache
def _descriptions() -> Any:
    """AWS' own descriptions of its services and their addresses, read once in a process however many clients it has."""
    from botocore.loaders import create_loader  # type: ignore[import-untyped]  # it comes without types

    return create_loader()


@contextmanager
def translated() -> Iterator[None]:
    """Foreign failures in the words of the family; what cannot be a key at all is BadRequest("bad_key")."""
    from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, ParamValidationError

    try:
        yield
    except ClientError as exc:
        raise _of_answer(exc) from exc
    except (ParamValidationError, UnicodeEncodeError) as exc:
        raise BadRequest("This is not a name that the store can hold.", code="bad_key") from exc
    except NoRegionError as exc:
        raise Misconfigured("AWS is used without a region: set AWS_REGION.") from exc
    except BotoCoreError as exc:  # no way there, no answer in time, half an answer, no credentials
        raise StoreUnavailable("The store of the pictures can't be reached just now.") from exc


def _of_answer(exc: Any) -> BadRequest | StorageFull | StoreUnavailable | TooLarge:
    code = code_of(exc)
    if code in _FULL:
        return StorageFull("The store of the pictures is full.")
    if code in _TOO_LARGE:
        return TooLarge("This file is larger than the store takes.")
    if code in _BAD_KEY:
        return BadRequest("This is not a name that the store can hold.", code="bad_key")
    return StoreUnavailable("The store of the pictures can't be used just now.")


def unless(codes: Collection[str], call: Callable[[], Any]) -> Any:
    """What `call` gives; None when AWS refuses it with one of these codes."""
    from botocore.exceptions import ClientError

    try:
        return call()
    except ClientError as exc:
        if code_of(exc) in codes:
            return None
        raise


def code_of(exc: Any) -> str:
    """AWS' own name of a ClientError, without the service that some put before it; the status as text where there is no body.
    Empty for anything else."""
    return str(getattr(exc, "response", {}).get("Error", {}).get("Code", "")).rpartition(".")[2]

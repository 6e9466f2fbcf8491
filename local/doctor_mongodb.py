"""`./sightsync doctor` for a MongoDB catalog: from its address to a vector that is written, found and deleted again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import numpy as np

from local.doctor import Problem
from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_driver import translated
from sightsync.adapters.mongo_schema import index_drift
from sightsync.adapters.mongo_search import WORDS_INDEX, State, search_drift, vector_index, vector_index_name, words_index
from sightsync.errors import Misconfigured, SightSyncError, StorageFull
from sightsync.images import Image, now
from sightsync.ports import Equal
from sightsync.spaces import active_space

T = TypeVar("T")

SCRATCH = "doctor@1"  # the space that is used where the gallery has none yet
PATIENCE_S = 60.0  # search indexes lag by seconds
POLL_S = 2.0

# What a failed connection says of itself (in lower case), and what that means. The first that fits counts.
_SIGNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("dns", "nxdomain", "does not exist", "name or service not known", "name resolution", "nodename"),
        "the host in its address cannot be found (DNS)",
        "compare SIGHTSYNC_CATALOG with Atlas > Connect > Drivers; mongodb+srv:// needs a DNS that answers SRV and TXT",
    ),
    (
        ("bad auth", "authentication failed", "auth error"),
        "it refuses the user or the password",
        "Atlas > Database Access: make the user again; @ : / ? # % in a password are written %40 %3A %2F %3F %23 %25",
    ),
    (
        ("not authorized", "not allowed to do action"),
        "its user may not write here",
        "Atlas > Database Access: give the user readWrite on the database",
    ),
    (
        ("certificate_verify_failed", "certificate verify failed", "hostname mismatch"),
        "its TLS certificate cannot be trusted",
        "update this system's certificates (sudo apt install ca-certificates); a proxy that opens TLS looks like this too",
    ),
    (
        ("tlsv1_alert_internal_error", "tlsv1 alert internal error", "alert internal error"),
        "it ends the TLS handshake, which is how Atlas greets an address that is not on its access list",
        "Atlas > Network Access: add this machine's address; Lambda without a VPC comes from anywhere (0.0.0.0/0)",
    ),
    (("ssl", "tls"), "no TLS connection can be made with it", "mongodb+srv:// has TLS; mongodb:// has it with ?tls=true"),
    (
        ("connection refused",),
        "nothing listens at its address",
        "start the server, or look at host and port in SIGHTSYNC_CATALOG",
    ),
    (
        ("timed out", "timeout", "no route", "unreachable"),
        "it does not answer",
        "Atlas > Network Access: is this machine's address on the list? Is the cluster paused? Is port 27017 open?",
    ),
)  # fmt: skip


def check(catalog: MongoCatalog) -> str:
    """One line about a catalog that works. Problem, with what to do, for one that does not."""
    server = _asked(lambda: catalog.server.database.client.server_info())
    words = _asked(lambda: catalog.search_indexes.state(WORDS_INDEX))
    took = _asked(lambda: _round_trip(catalog))
    drift = _asked(lambda: index_drift(catalog.server.database))
    if drift:
        raise Problem(f"{len(drift)} ordinary indexes are missing or differ", "./sightsync indexes --update")
    return f"MongoDB {server['version']}, {_search(catalog, words)}; a vector written, found and deleted in {took:.1f} s"


def _asked(call: Callable[[], T]) -> T:
    """The answer, or a Problem that says what a failure means and what to do about it."""
    try:
        return translated(call)()
    except Misconfigured as trouble:
        raise Problem(trouble.message, "Atlas > Connect > Drivers shows the address; write it into SIGHTSYNC_CATALOG") from trouble
    except StorageFull as trouble:
        raise Problem("it is full", "a free cluster holds 512 MB: empty the bin, or take a larger cluster") from trouble
    except SightSyncError as trouble:
        what, remedy = diagnosis(str(trouble.__cause__ or trouble))
        raise Problem(what, remedy) from trouble


def diagnosis(said: str) -> tuple[str, str]:
    """What a driver's message means and what to do; the message itself may hold addresses and is not shown."""
    lower = said.lower()
    for signs, what, remedy in _SIGNS:
        if any(sign in lower for sign in signs):
            return what, remedy
    return "it cannot be used", "look at its own page or log; then run this again"


def _search(catalog: MongoCatalog, words: State) -> str:
    """What searches. Problem when an index of Atlas Search is missing or not as it should be."""
    if words == "unsupported":
        return "no Atlas Search (meaning is searched exactly, in memory; words by ordinary indexes)"
    if words == "unknown":
        return "Atlas Search not to be listed by this user (Atlas' own page shows whether its indexes are there)"
    found = {index["name"]: index for index in _asked(lambda: list(catalog.images.list_search_indexes()))}
    space = active_space(catalog)
    known = _asked(lambda: catalog.server.database["spaces"].find_one({"_id": space})) if space else None
    wanted = [words_index()] + ([vector_index(known["_id"], known["dimensions"])] if known else [])
    for index in wanted:
        if index["name"] not in found:
            raise Problem(f"the search index {index['name']} is missing", "./sightsync indexes")
        if search_drift(index, found[index["name"]]):
            raise Problem(f"the search index {index['name']} is not as it should be", "./sightsync indexes --update")
        if not found[index["name"]].get("queryable"):
            raise Problem(f"the search index {index['name']} is still being built", "wait some minutes, then run this again")
    return f"Atlas Search with {len(wanted)} indexes"


def _round_trip(catalog: MongoCatalog, pause: Callable[[float], None] = time.sleep) -> float:
    """Seconds until a vector that was written is found; it is deleted either way."""
    space = active_space(catalog)
    known = catalog.server.database["spaces"].find_one({"_id": space}) if space else None
    name, dimensions = (known["_id"], known["dimensions"]) if known else (SCRATCH, 2)
    image, vector = _scratch(), np.zeros(dimensions, np.float32)
    vector[0] = 1
    began = time.monotonic()
    try:
        catalog.put(image, 0, {name: {"image": vector}})
        while not catalog.nearest(name, vector, Equal("owner", image.owner), 1):
            if time.monotonic() - began > PATIENCE_S:
                raise Problem(f"a vector that was written is not found in {vector_index_name(name)}", "./sightsync indexes")
            pause(POLL_S)
        return time.monotonic() - began
    finally:
        catalog.delete(image.id)
        if not known:
            catalog.forget_space(SCRATCH)


def _scratch() -> Image:
    """An image of nobody, whose file never comes."""
    mark, at = f"doctor-{uuid4().hex}", now()
    fields = {"filename": "doctor", "content_type": "image/jpeg", "bytes": 0, "key": f"uploads/{mark}"}
    return Image(id=mark, owner=mark, created_at=at, updated_at=at, **fields)

"""`./sightsync doctor`: one line for each thing that must work here, and for each that does not, what to do about it."""

import io
import os
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from local.agreement import advice, scale
from local.lock import is_served
from sightsync.errors import SightSyncError, Unavailable, VisionUnavailable
from sightsync.images import AnalysisState
from sightsync.ports import And, Equal
from sightsync.rescaling import ready_images
from sightsync.services import Services, services
from sightsync.sights import is_seen
from sightsync.spaces import active_space

LEAST_FREE = 1024**3  # bytes; a thousand photographs and their copies
PORT = 8000
PATIENCE_S = 30.0
FORMATS = ("avif", "webp", "jpg", "zlib", "libtiff")


@dataclass(frozen=True)
class Problem(Exception):
    """What is wrong, and what to do."""

    what: str
    remedy: str


def run() -> int:
    """0 when all is well, else 1."""
    problems = 0
    for name, check in _checks().items():
        try:
            says, remedy, mark = check(), "", "ok"
        except Problem as problem:
            says, remedy, mark = problem.what, problem.remedy, "PROBLEM"
        except SightSyncError as error:
            says, remedy, mark = f"{error.message} ({error.code})", _remedy(error), "PROBLEM"
        except (OSError, sqlite3.Error) as error:
            says, remedy, mark = str(error), "look whether the folder is there, yours, and not full", "PROBLEM"
        problems += mark != "ok"
        print(f"{mark:<8} {name:<10} {says}" + (f"\n{'':<19} {remedy}" if remedy else ""), flush=True)
    print("Everything is well." if not problems else f"{problems} to mend.")
    return 1 if problems else 0


def _remedy(error: SightSyncError) -> str:
    if isinstance(error, Unavailable) and error.lasting:
        return ""  # its message says what to do
    return _REMEDIES.get(error.code, "look at the lines above")


_REMEDIES = {
    "storage_full": "free some space; what waits goes on by itself",
    "store_unavailable": "look whether the folder or bucket of the pictures is there and yours (AWS credentials, AWS_REGION)",
    "catalog_unavailable": "look whether another program holds catalog.db, then run this again",
    "queue_unavailable": "look whether another program holds queue.db, or AWS lets you use the queue, then run this again",
    "vision_asleep": "the model sleeps: run this again when it has woken",
    "vision_budget": "wait for the next day, or raise SIGHTSYNC_VISION_DAILY_CALLS",
    "misconfigured": "look at the setting that it names",
    "vision_unavailable": "look at SIGHTSYNC_VISION; unset it for the built-in one",
}


def _checks() -> dict[str, Callable[[], str]]:
    parts = services()
    return {
        "Python": _python,
        "pictures": _formats,
        "SQLite": _sqlite,
        "folder": lambda: _folder(parts),
        "store": lambda: _store(parts),
        "catalog": lambda: _catalog(parts),
        "queue": lambda: _queue(parts),
        "decoder": _decoder,
        "vision": lambda: _vision(parts),
        "space": lambda: _space(parts),
        "search": lambda: _search(parts),
        "scale": lambda: _scale(parts),
        "images": lambda: _images(parts),
        "sign-in": lambda: _sign_in(parts),
        "server": lambda: _server(parts),
    }


def _python() -> str:
    return f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.prefix}"  # ./sightsync takes none that is too old


def _formats() -> str:
    import PIL
    import pillow_heif
    from PIL import features

    missing = [name for name in FORMATS if not features.check(name)]
    if missing:
        raise Problem(f"this Pillow cannot read {', '.join(missing)}", "remove .venv and run ./sightsync again")
    return f"Pillow {PIL.__version__} with AVIF and WebP, HEIC by libheif {pillow_heif.libheif_version()}"


def _sqlite() -> str:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2')")
    except sqlite3.OperationalError as error:
        raise Problem(
            f"{sqlite3.sqlite_version} without FTS5", "use another Python: python.org's, your system's, or uv's"
        ) from error
    finally:
        connection.close()
    return f"{sqlite3.sqlite_version} with FTS5"


def _folder(parts: Services) -> str:
    data = parts.settings.data
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(data, os.W_OK | os.X_OK):
        raise Problem(f"{data} cannot be written to", f"chown it to yourself, or choose another with --data (now {data})")
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE:
        raise Problem(f"{data} has {free // 1024**2} MB left", "free some space, or choose another folder with --data")
    return f"{data}, {free / 1024**3:.0f} GB free"


def _store(parts: Services) -> str:
    key, body = f"media/doctor-{uuid4().hex}/probe.txt", uuid4().bytes
    parts.store.write(key, body, "text/plain")
    try:
        found = parts.store.read(key, 100)
        if found is None or found.body != body:
            raise Problem("what was written is not what is read", f"check the disk behind {parts.settings.store_url}")
    finally:
        parts.store.delete(key)
    return parts.settings.store_url


def _catalog(parts: Services) -> str:
    from local.doctor_mongodb import check
    from sightsync.adapters.mongo import MongoCatalog
    from sightsync.adapters.sqlite import SqliteCatalog

    if isinstance(parts.catalog, MongoCatalog):
        return check(parts.catalog)
    parts.catalog.health()
    mark = uuid4().hex
    parts.catalog.remember("doctor", mark)
    if parts.catalog.recall("doctor") != mark:
        raise Problem("what was written is not what is read", f"check the disk behind {parts.settings.catalog_url}")
    if isinstance(parts.catalog, SqliteCatalog):
        parts.catalog.connections.inspect()
    return parts.settings.catalog_url.rpartition("@")[2]  # an address may hold a password before the @


def _queue(parts: Services) -> str:
    from sightsync.adapters.sqlite_queue import SqliteQueue

    parts.queue.send({"Event": "s3:TestEvent"})  # analysis knows it and does nothing
    if not isinstance(parts.queue, SqliteQueue):
        return parts.settings.queue_url
    counts = parts.queue.counts()
    if counts["dead"]:
        raise Problem(f"{counts['dead']} messages were given up on", "./sightsync retry --dead-letters")
    return f"{parts.settings.queue_url}, {max(0, counts['waiting'] - 1)} waiting"


def _decoder() -> str:
    from PIL import Image

    from sightsync.decoder import decoder

    file = io.BytesIO()
    Image.new("RGB", (320, 200), "#d13b35").save(file, "AVIF")
    began = time.monotonic()
    pixels = decoder().open(file.getvalue(), began + PATIENCE_S)
    if (pixels.width, pixels.height, pixels.format) != (320, 200, "avif"):
        raise Problem("a test picture came out wrong", "remove .venv and run ./sightsync again")
    return f"opens pictures in a process of its own ({time.monotonic() - began:.1f} s to start it)"


def _vision(parts: Services) -> str:
    """Asks it, whatever is remembered of it; one that sleeps is as it should be, and is waking now."""
    try:
        if parts.vision.health().state != "off":
            parts.vision.embed(["red"], time.monotonic() + PATIENCE_S)
    except VisionUnavailable as away:
        if away.code != "vision_asleep":
            raise
        return f"{parts.vision.health().name}: {away.message}"
    health = parts.vision.health()
    return f"{health.name}: {health.state}" + (f", can {', '.join(health.can)}" if health.can else "")


def _space(parts: Services) -> str:
    """One space for the whole gallery, and the one that the model speaks."""
    if (wrong := advice(parts)) is not None:
        raise Problem(*wrong)
    space = active_space(parts.catalog)
    if space is None:
        return "none yet: the first picture that is read decides"
    elsewhere = sum(not is_seen(image, space) for image in ready_images(parts.catalog) if image.analysis is AnalysisState.DONE)
    if elsewhere:
        raise Problem(
            f"{space}; {elsewhere} pictures were never read in it and are found by their words only", "./sightsync reindex"
        )
    return space


def _search(parts: Services) -> str:
    """Reads the vectors as a server does when it starts, which may make their file anew."""
    space = active_space(parts.catalog)
    if space is None:
        return "by words only, until a picture is read"
    began = time.monotonic()
    held = parts.catalog.warm(space)
    if not held:
        return "by the database's own index, or no vectors yet"
    return f"{held / 1024**2:.0f} MB of vectors in memory, read in {time.monotonic() - began:.1f} s"


def _scale(parts: Services) -> str:
    if "match" not in parts.vision.health().can:
        return "none needed"
    says, fitted = scale(parts, time.monotonic() + PATIENCE_S)
    return says if fitted else f"{says}: verdicts stand on starting values; ./sightsync bench calibrate fits them on labelled pairs"


def _images(parts: Services) -> str:
    counts = parts.catalog.counts(And((Equal("deleted", False),)), "status")
    if counts.get("failed"):
        raise Problem(
            f"{counts['failed']} failed",
            "./sightsync retry, and look at what analysis logs",
        )
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none yet: ./sightsync import FOLDER"


def _sign_in(parts: Services) -> str:
    from local.doctor_issuer import check

    return check(parts.settings)


def _server(parts: Services) -> str:
    if is_served(parts.settings.data):
        return "running for this gallery"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return f"port {PORT} is taken by another program; ./sightsync dev moves to the next free one"
    return f"not running; port {PORT} is free"

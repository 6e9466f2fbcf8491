"""Bulk pictures per second, end to end: dropped into a bucket until ready, beside the same pictures dropped into a folder.

    PYTHONPATH=functions:. python -m bench.bulk [--pictures N] [--rounds N]

Both ways run the same use case, decoder and catalog (SQLite), one batch of ten after another in this process, taking turns. The
bucket and its queue are moto's, in a process of its own on this machine: so what is compared is our work with S3 and SQS against
that with a folder, and not AWS, whose answers take longer and which runs many batches at once. Printed besides: how many requests
S3 gets for each picture, which is what AWS would be paid for.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from sightsync.adapters.files import FileStore
from sightsync.adapters.s3 import S3Store
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.analysis import analyse
from sightsync.decoder import decoder
from sightsync.events import parse
from sightsync.images import Status
from sightsync.ports import Everything
from sightsync.services import Services, build
from sightsync.settings import Settings
from tests import cloud, pictures

SIZE = (1600, 1200)
BATCH = 10

Receive = Callable[[], list[dict[str, object]]]
Done = Callable[[str], None]


def bucket(folder: Path) -> tuple[Services, Receive, Done, Callable[[], int]]:
    """Services on a new stack of moto's, how its messages are received and deleted, and a count of S3 requests."""
    stack, requests = cloud.stack(visibility_s=600), list[int]()
    cloud.connect(stack)
    named = {name.removeprefix("SIGHTSYNC_").lower(): value for name, value in stack.settings.items()}
    parts = build(Settings(data=folder, catalog=f"sqlite://{folder}/catalog.db", **named))
    parts = replace(parts, store=S3Store(stack.originals, stack.public, s3=stack.s3))
    stack.s3.meta.events.register("before-send.s3", lambda **_: requests.append(1))

    def receive() -> list[dict[str, object]]:
        asked = {"MaxNumberOfMessages": BATCH, "AttributeNames": ["All"]}
        got = stack.sqs.receive_message(QueueUrl=stack.queue_url, **asked).get("Messages", [])
        return [_record(m["MessageId"], m["ReceiptHandle"], m["Body"], m["Attributes"]) for m in got]

    def done(receipt: str) -> None:
        stack.sqs.delete_message(QueueUrl=stack.queue_url, ReceiptHandle=receipt)

    return parts, receive, done, lambda: len(requests)


def folder(root: Path) -> tuple[Services, Receive, Done, Callable[[], int]]:
    parts = build(Settings(data=root))
    assert isinstance(parts.store, FileStore)
    queue = parts.queue
    assert isinstance(queue, SqliteQueue)

    def receive() -> list[dict[str, object]]:
        return [_record(m.id, m.receipt_handle, m.body, {}) for m in queue.receive(BATCH, 600)]

    return parts, receive, queue.delete, lambda: 0


def _record(message_id: str, receipt: str, body: str, attributes: object) -> dict[str, object]:
    return {"messageId": message_id, "receiptHandle": receipt, "body": body, "attributes": attributes}


def measure(way: tuple[Services, Receive, Done, Callable[[], int]], bodies: list[bytes]) -> tuple[float, float]:
    """Pictures per second from the first put to the last ready one, and S3 requests for each."""
    parts, receive, done, requests = way
    started = time.perf_counter()
    for number, body in enumerate(bodies):
        words = json.dumps({"description": f"picture {number}"}).encode()
        parts.store.write(f"incoming/comics/{number}.jpg.json", words, "application/json")
        parts.store.write(f"incoming/comics/{number}.jpg", body, "application/octet-stream")
    while records := receive():
        kept = analyse(
            parse({"Records": records}),
            catalog=parts.catalog,
            store=parts.store,
            vision=parts.vision,
            queue=parts.queue,
            decoder=decoder(),
            settings=parts.settings,
            time_left=lambda: 600,
        )
        assert not kept, "nothing fails here"
        for record in records:
            done(str(record["receiptHandle"]))
    seconds = time.perf_counter() - started
    assert parts.catalog.counts(Everything, "status") == {Status.READY: len(bodies)}
    assert isinstance(parts.catalog, SqliteCatalog)
    parts.catalog.close()
    return len(bodies) / seconds, requests() / len(bodies)


@contextmanager
def moto() -> Iterator[None]:
    """In a process of its own, so that its work is not ours."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    try:
        _wait_for(f"http://127.0.0.1:{port}/moto-api/")
        with cloud.environ(cloud.environment(f"http://127.0.0.1:{port}")):
            yield
    finally:
        server.kill()
        server.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(address)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--pictures", type=int, default=60)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    bodies = [pictures.photo(number, *SIZE) for number in range(asked.pictures)]
    decoder().open(bodies[0])  # its process is started
    rates: dict[str, list[float]] = {"folder": [], "bucket": []}
    with moto(), tempfile.TemporaryDirectory() as place:
        for turn in range(asked.rounds):
            rate, _ = measure(folder(Path(place, f"folder-{turn}")), bodies)
            rates["folder"].append(rate)
            rate, requests = measure(bucket(Path(place, f"bucket-{turn}")), bodies)
            rates["bucket"].append(rate)
    best = {name: max(found) for name, found in rates.items()}
    kilobytes = sum(map(len, bodies)) // len(bodies) // 1024
    print(f"{asked.pictures} pictures of {SIZE[0]} x {SIZE[1]}, {kilobytes} KB each; best of {asked.rounds} rounds")
    for name, found in rates.items():
        print(f"  {name:<8} {best[name]:6.1f} pictures/s   ({', '.join(f'{rate:.1f}' for rate in found)})")
    print(f"bucket / folder: {best['bucket'] / best['folder']:.2f}")
    print(f"S3 requests for each picture, its own arrival and that of its words included: {requests:.1f}")


if __name__ == "__main__":
    main()

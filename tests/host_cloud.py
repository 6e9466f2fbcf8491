"""AWS and MongoDB on this machine where containers reach them too, with all that events/env-api.json names.

    PYTHONPATH=functions:. .venv/bin/python -m tests.host_cloud

keeps moto and mongod running for `sam local start-api`, and analyses what arrives, until Ctrl-C. Nothing of it is kept.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from local.engine import gateway
from tests import cloud
from tests.cloud import Stack
from tests.mongod import Mongod

SETTINGS = Path(__file__).resolve().parent.parent / "events" / "env-api.json"
GIVEN: dict[str, str] = json.loads(SETTINGS.read_text())["Parameters"]
AWS, CATALOG = urlsplit(GIVEN["AWS_ENDPOINT_URL"]), urlsplit(GIVEN["SIGHTSYNC_CATALOG"])


@contextmanager
def host_cloud(folder: Path, aws_port: int = 0, mongod_port: int = 0) -> Iterator[tuple[Stack, dict[str, str]]]:
    """Buckets, queue and notifications; and the settings of env-api.json with the addresses that these servers have."""
    host = gateway()
    with cloud.moto_server(host, aws_port) as aws, Mongod(folder, host=host, port=mongod_port) as mongod:
        stack = cloud.stack(name="local")
        cloud.connect(stack)
        moved = {AWS.netloc: urlsplit(aws).netloc, CATALOG.netloc: f"{host}:{mongod.port}"}
        yield stack, {name: _moved(value, moved) for name, value in GIVEN.items()}


def _moved(value: str, moved: dict[str, str]) -> str:
    for there, here in moved.items():
        value = value.replace(there, here)
    return value


def _serve() -> None:
    from local.logs import to_terminal
    from tests.event_source import run_batch

    assert AWS.port
    assert CATALOG.port
    with tempfile.TemporaryDirectory() as folder, host_cloud(Path(folder), AWS.port, CATALOG.port) as (stack, settings):
        os.environ.update(settings)
        to_terminal()
        if settings != GIVEN:
            print(f"Containers find this machine at {gateway()}: put that in place of {AWS.hostname} in {SETTINGS}.")
        print("moto and mongod are ready. In another terminal: sam local start-api --env-vars events/env-api.json", flush=True)
        while True:
            run_batch(stack.sqs, stack.queue_url, 1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _serve()

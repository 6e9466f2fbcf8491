"""What the tests of all image stores share: a queue that remembers, and posting as a browser does."""

import json
from urllib.parse import unquote_plus

from sightsync.adapters.files import FileStore
from sightsync.errors import Unavailable

KEY = "uploads/0123456789abcdef0123456789abcdef"


class Sent:
    """A queue that remembers; `away` makes it refuse."""

    def __init__(self):
        self.bodies, self.away = [], False

    def send(self, body):
        if self.away:
            raise Unavailable("away")
        self.bodies.append(json.loads(json.dumps(body)))

    def change_visibility(self, receipt_handle, seconds):
        raise AssertionError("a store receives nothing")


def post(store, ticket, body=b"picture", **changes):
    """As a browser would, to whichever store signed the ticket."""
    take = take_in if isinstance(store, FileStore) else type(store).accept_post
    return take(store, {**ticket.fields, **changes}, [body[:3], body[3:]])


def take_in(store, fields, chunks):
    """What the local server does with a form and the bytes as they arrive."""
    with store.begin_post(fields) as upload:
        for chunk in chunks:
            upload.write(chunk)
        return upload.finish()


def announced(queue):
    """Names of events and their keys, which come encoded as forms are."""
    return [
        (record["eventName"], unquote_plus(record["s3"]["object"]["key"])) for body in queue.bodies for record in body["Records"]
    ]

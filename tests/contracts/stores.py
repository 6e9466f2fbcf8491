"""What the tests of all image stores share: a queue that remembers, and posting as a browser does."""

import json
from urllib.parse import unquote_plus

from sightsync.errors import Unavailable

KEY = "uploads/0123456789abcdef0123456789abcdef"


class Sent:
    """A queue that remembers; `away` makes it refuse."""

    def __init__(self):
        self.bodies, self.away = [], False

    def send(self, body, delay_s=0):
        if self.away:
            raise Unavailable("away")
        self.bodies.append(json.loads(json.dumps(body)))

    def change_visibility(self, receipt_handle, seconds):
        raise AssertionError("a store receives nothing")


def post(store, ticket, body=b"picture", **changes):
    """As a browser would, to whichever store signed the ticket."""
    return store.accept_post({**ticket.fields, **changes}, [body[:3], body[3:]])


def announced(queue):
    """Names of events and their keys, which come encoded as forms are."""
    return [
        (record["eventName"], unquote_plus(record["s3"]["object"]["key"])) for body in queue.bodies for record in body["Records"]
    ]

"""What must outlive a process, in MongoDB: calibrations, remembered values, counters that expire."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import OperationFailure

from sightsync.adapters.fields import text
from sightsync.adapters.mongo_driver import Document, Server, translated
from sightsync.adapters.mongo_schema import create_indexes
from sightsync.images import now
from sightsync.ports import Calibration

logger = logging.getLogger(__name__)


class Memory:
    """One part of the catalog."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._prepared = False

    def prepare(self) -> None:
        """Makes missing indexes before the first write of a process; one of them is what refuses duplicates.

        Threads that begin together may all do it: nobody waits for another's silence, and making an index twice makes it once.
        """
        if self._prepared:
            return
        try:
            create_indexes(self.server.database)
        except OperationFailure as error:
            if error.timeout:
                raise
            logger.warning("indexes_differ", extra={"reason": error.code})  # ./sightsync indexes says which, and mends them
        self._prepared = True

    @translated
    def calibration(self, space: str) -> Calibration | None:
        from sightsync.adapters.calibrations import calibration_from_json

        found = self.server.database["calibrations"].find_one({"_id": text(space)})
        return calibration_from_json(found["json"]) if found else None

    @translated
    def put_calibration(self, calibration: Calibration) -> None:
        from sightsync.adapters.calibrations import calibration_to_json

        self._keep("calibrations", calibration.space, calibration_to_json(calibration))

    @translated
    def recall(self, name: str) -> Any:
        found = self.server.database["remembered"].find_one({"_id": name})
        return json.loads(found["json"]) if found else None

    @translated
    def remember(self, name: str, value: Any) -> None:
        self._keep("remembered", name, json.dumps(value))

    def _keep(self, collection: str, name: str, value: str) -> None:
        self.server.database[collection].update_one({"_id": text(name)}, {"$set": {"json": value}}, upsert=True)

    @translated
    def add(self, counter: str, amount: int, expires_at: datetime) -> int:
        """A live counter keeps the expiry that it began with, so that steady use cannot put it off for ever."""
        self.prepare()
        live = {"$gt": ["$expires_at", now()]}
        change = {
            "total": {"$cond": [live, {"$add": ["$total", amount]}, amount]},
            "expires_at": {"$cond": [live, "$expires_at", expires_at]},
        }
        found: Document | None = self.server.database["counters"].find_one_and_update(
            {"_id": text(counter)}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        assert found is not None  # as an upsert gives it
        return int(found["total"])

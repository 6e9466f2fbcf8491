"""Whose picture an object is: the record that waits for an upload, or a new one for what was put into the bucket in bulk."""

import json
import logging
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sightsync import categories
from sightsync.errors import ImageChanged, TooLarge
from sightsync.images import (
    MAX_CREDIT,
    MAX_DESCRIPTION,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    UNCATEGORISED,
    Image,
    now,
)
from sightsync.ports import Catalog, ImageStore, ObjectHead
from sightsync.settings import Settings
from sightsync.texts import clean, clean_filename, clean_tags

logger = logging.getLogger(__name__)

UPLOADS = "uploads/"
INCOMING = "incoming/"
SIDECAR = ".json"
MAX_SIDECAR = 64 * 1024  # a description of 1000 characters in any alphabet, escaped, and everything else, with room


def bulk_id(bucket: str, key: str) -> str:
    """The same object is the same image, however often it is announced."""
    return uuid5(NAMESPACE_URL, f"{bucket}/{key}").hex


def sidecar_key(key: str) -> str:
    return key + SIDECAR


def image_id_of(key: str, settings: Settings) -> str | None:
    """None for keys that hold no picture of ours, sidecars among them."""
    if key.startswith(UPLOADS):
        return key.removeprefix(UPLOADS)
    if key.startswith(INCOMING) and not key.lower().endswith((SIDECAR, "/")):  # some tools make objects for folders
        return bulk_id(settings.bucket, key)
    return None


def record_of(key: str, head: ObjectHead, catalog: Catalog, store: ImageStore, settings: Settings) -> Image | None:
    """The record behind an object that is in the store; one is made for a bulk picture that has none yet."""
    image_id = image_id_of(key, settings)
    if image_id is None:
        return None
    image = catalog.get(image_id)
    if image is not None or not key.startswith(INCOMING):
        return image
    try:
        return catalog.put(_bulk_record(image_id, head, store, settings), 0)
    except ImageChanged:  # another worker met the same object at the same moment
        return catalog.get(image_id)


def _bulk_record(image_id: str, head: ObjectHead, store: ImageStore, settings: Settings) -> Image:
    words, readable = _sidecar(head.key, store)
    folder = head.key.split("/")[1] if head.key.count("/") > 1 else ""
    at = now()
    image = Image(
        id=image_id,
        owner=settings.bulk_owner,
        published=words.get("published") is not False,
        filename=clean_filename(head.key, cut=True) or image_id,
        title=_text(words, "title", MAX_TITLE),
        credit=_text(words, "credit", MAX_CREDIT),
        description=_text(words, "description", MAX_DESCRIPTION) or _text(head.metadata, "description", MAX_DESCRIPTION),
        category=_category(words.get("category"), folder),
        tags=_tags(words.get("tags")),
        sample=words.get("sample") is True,
        content_type=head.content_type,
        bytes=head.bytes,
        created_at=at,
        updated_at=at,
        key=head.key,
    )
    return image if readable else image.with_step("received", "ok", reason="sidecar_unreadable")


def _sidecar(key: str, store: ImageStore) -> tuple[Mapping[str, Any], bool]:
    """What lies beside the picture, {} if nothing does; False when it cannot be read, which costs the words only."""
    try:
        found = store.read(sidecar_key(key), MAX_SIDECAR)
        words = json.loads(found.body.decode("utf-8-sig")) if found else {}
    except (TooLarge, ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        logger.warning("sidecar_unreadable", extra={"key_length": len(key)})
        return {}, False
    return words, True


def _text(words: Mapping[str, Any], name: str, limit: int) -> str:
    value = words.get(name)
    return clean(value, limit, lines=name == "description", cut=True) if isinstance(value, str) else ""


def _tags(value: Any) -> tuple[str, ...]:
    """A list, or one line with commas, as people write them."""
    if isinstance(value, str):
        value = value[: MAX_TAGS * MAX_TAG * 2].split(",")
    return clean_tags([tag for tag in value if isinstance(tag, str)], cut=True) if isinstance(value, list) else ()


def _category(named: Any, folder: str) -> str:
    for candidate in (named, folder):
        if isinstance(candidate, str) and categories.known(candidate):
            return candidate
    return UNCATEGORISED

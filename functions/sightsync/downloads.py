"""Addresses of files, and names to save them under: as their owner called them, and nothing a header could be broken with."""

import re
from urllib.parse import quote

MEDIA = "media/"

_PLAIN = re.compile(r"media(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}){1,3}")  # what all of our own derivatives are called like
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()\[\]-]")


def attachment(filename: str) -> str:
    """Content-Disposition that every browser understands and no name can break out of; ASCII only."""
    plain = _UNSAFE.sub("_", filename).strip(" .") or "picture"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename.encode('utf-8', 'replace'), safe='')}"


def is_plain(key: str) -> bool:
    """Whether this is a derivative's key that needs neither a second look nor quoting. A page of the gallery has 300 of them."""
    return _PLAIN.fullmatch(key) is not None


def public_path(key: str) -> str:
    """Where a derivative is found, below whatever address the site has. ValueError: only derivatives are public."""
    if is_plain(key):
        return f"/{key}"
    if not key.startswith(MEDIA):
        raise ValueError("only derivatives are public")
    return "/" + quote(key)

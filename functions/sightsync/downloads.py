"""Names under which files are saved: as their owner called them, and nothing a header could be broken with."""

import re
from urllib.parse import quote

_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()\[\]-]")


def attachment(filename: str) -> str:
    """Content-Disposition that every browser understands and no name can break out of; ASCII only."""
    plain = _UNSAFE.sub("_", filename).strip(" .") or "picture"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename.encode('utf-8', 'replace'), safe='')}"

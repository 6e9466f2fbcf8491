"""The words that a camera or an editor left in a file: what bulk uploads without other words are described by."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from sightsync.images import MAX_DESCRIPTION

_IMAGE_DESCRIPTION, _XP_COMMENT = 0x010E, 0x9C9C
_XMP_TAG, _IPTC_CAPTION, _IPTC_CHARSET = 700, (2, 120), (1, 90)
_UTF8 = b"\x1b%G"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_XMP = 1024 * 1024
# What cameras and programs write by themselves says nothing about the picture.
_BOILERPLATE = re.compile(
    r"(sony dsc|dsc[\w -]*|img[_ -]?\d*|olympus digital camera|digital camera|kodak digital still camera|minolta digital camera"
    r"|samsung( digital camera)?|konica minolta.*|exif.jpeg|jpeg|image|default|untitled|ascii|cof|hdr(pl)?|oznor|btr?hdr|mde"
    r"|screenshot|created with (the )?gimp|created with .{0,40})",
    re.IGNORECASE,
)


def description(image: Image.Image) -> str | None:
    """EXIF ImageDescription, XPComment, XMP dc:description or IPTC caption, whichever first says something. Never raises."""
    for reader in (_exif, _xmp, _iptc):
        for text in _attempted(reader, image):
            words = _cleaned(text)
            if words and not _BOILERPLATE.fullmatch(words):
                return words
    return None


def _attempted(reader: Callable[[Image.Image], Iterator[str]], image: Image.Image) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(Exception):  # damaged metadata is no reason to refuse a picture; its readers raise anything
        found.extend(reader(image))
    return found


def _exif(image: Image.Image) -> Iterator[str]:
    exif = image.getexif()
    for value in (exif.get(_IMAGE_DESCRIPTION), exif.get(_XP_COMMENT)):
        if isinstance(value, tuple) and value and all(isinstance(item, int) for item in value):
            value = bytes(value)
        if isinstance(value, bytes):
            yield value.decode("utf-16-le", "ignore")
        elif isinstance(value, str):
            yield _as_utf8(value)


def _as_utf8(text: str) -> str:
    """EXIF promises ASCII; what Pillow reads as Latin-1 is most often UTF-8."""
    with contextlib.suppress(UnicodeError):
        return text.encode("latin-1").decode("utf-8")
    return text


def _xmp(image: Image.Image) -> Iterator[str]:
    packet: Any = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.getexif().get(_XMP_TAG) or b""
    raw = packet.encode() if isinstance(packet, str) else bytes(packet)
    if not raw or len(raw) > _MAX_XMP or b"<!" in raw:  # no document type: no entities that unfold
        return
    root = ElementTree.fromstring(raw.strip(b"\0 \r\n\t"))  # noqa: S314 - entities are refused above
    for holder in root.iter(_DESCRIPTION):
        entries = sorted(holder.iter(f"{_RDF}li"), key=lambda entry: entry.get(_LANG) != "x-default")
        yield from (entry.text or "" for entry in entries)
        yield holder.text or ""
    yield from (holder.get(_DESCRIPTION, "") for holder in root.iter(f"{_RDF}Description"))


def _iptc(image: Image.Image) -> Iterator[str]:
    from PIL import ImageFile, IptcImagePlugin

    if not isinstance(image, ImageFile.ImageFile):
        return
    entries = IptcImagePlugin.getiptcinfo(image) or {}
    caption: Any = entries.get(_IPTC_CAPTION, b"")
    raw = caption[0] if isinstance(caption, list) else caption
    if entries.get(_IPTC_CHARSET) == _UTF8:
        yield raw.decode("utf-8", "replace")
    else:
        with contextlib.suppress(UnicodeError):
            yield raw.decode("utf-8")
        yield raw.decode("latin-1")


def _cleaned(text: str) -> str:
    """One line in NFC without control characters, at most MAX_DESCRIPTION characters; cut at a word where it is longer."""
    spaced = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cs", "Cn") and c != "\ufeff")
    line = unicodedata.normalize("NFC", " ".join(kept.split()))
    if len(line) <= MAX_DESCRIPTION:
        return line
    return line[:MAX_DESCRIPTION].rsplit(" ", 1)[0] if " " in line[:MAX_DESCRIPTION] else line[:MAX_DESCRIPTION]

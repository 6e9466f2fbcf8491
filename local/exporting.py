"""`./sightsync export FOLDER`: records as metadata.jsonl in Hugging Face's imagefolder form, the pictures beside it on request.

An exported folder imports again without loss of what its owner wrote. Exporting again into it copies only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from local.import_words import TABLES
from local.logs import to_terminal
from local.progress import Progress
from local.trouble import Trouble
from sightsync.images import MAX_BYTES, MAX_PAGE, Image
from sightsync.ports import And, Catalog, Equal, Filter, Sort
from sightsync.services import Services, services
from sightsync.showing import show_time

TABLE = "metadata.jsonl"

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')  # on some file system or other
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # names that Windows keeps for itself
_SUFFIXES = {  # by content type, the usual one first
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif"),
    "image/tiff": (".tif", ".tiff"),
    "image/bmp": (".bmp",),
}
LONGEST_NAME = 200  # bytes, so that ours and everybody's additions still fit


def run(folder: str, *, pictures: bool, drafts: bool) -> int:
    """0 when everything was written, 1 when an original is missing. Trouble for what makes no sense."""
    to_terminal()
    parts = services()
    if folder != "-":
        return _into(Path(folder).expanduser(), parts, pictures, drafts)
    if pictures:
        raise Trouble("Pictures need a folder to go to.", "./sightsync export FOLDER --pictures")
    names = Names()
    for image in _images(parts.catalog, drafts):
        print(_line(image, names.give(image)))
    return 0


def _into(root: Path, parts: Services, pictures: bool, drafts: bool) -> int:
    names, missing, count = Names(), [], 0
    total = sum(parts.catalog.counts(_where(drafts), "status").values())
    if not total:
        print("There is nothing to export" + ("." if drafts else "; --drafts takes what is not published along."))
        return 0
    root.mkdir(parents=True, exist_ok=True)
    _must_be_ours(root / TABLE)
    with Progress(total, "Exporting") as progress, _whole(root / TABLE) as table:
        for image in _images(parts.catalog, drafts):
            name = _copy(image, root, names, parts) if pictures else names.give(image)
            if name is None:
                missing.append(image.filename or image.id)
            else:
                table.write((_line(image, name) + "\n").encode())
                count += 1
            progress.show(count + len(missing))
    print(f"Exported {count} to {root}{'' if pictures else ', words only: --pictures brings the pictures too'}.")
    if missing:
        print("The originals of these are missing:\n" + "\n".join(f"  {name}" for name in missing) + "\nTry: ./sightsync doctor")
    return 1 if missing else 0


def _where(drafts: bool) -> Filter:
    where = (Equal("status", "ready"), Equal("deleted", False), Equal("sample", False))
    return And(where if drafts else (*where, Equal("published", True)))


def _images(catalog: Catalog, drafts: bool) -> Iterator[Image]:
    """Oldest first, so that names stay what they were when pictures are added."""
    cursor = None
    while True:
        page = catalog.page(_where(drafts), Sort("oldest"), cursor, MAX_PAGE)
        yield from page.images
        cursor = page.next_cursor
        if cursor is None:
            return


def _line(image: Image, name: str) -> str:
    return json.dumps(row(image, name), ensure_ascii=False)


def row(image: Image, name: str) -> dict[str, Any]:
    """`file_name` and `text` are the form's own; every row has every field, so that columns have one type each."""
    caption = image.caption
    return {
        "file_name": name,
        "text": image.description,
        "title": image.title,
        "category": image.category,
        "tags": list(image.tags),
        "credit": image.credit,
        "caption": caption.text if caption else None,
        "caption_kind": caption.kind if caption else None,
        "caption_model": caption.model if caption else None,
        "match": image.match.verdict if image.match else None,
        "palette": [swatch.hex for swatch in image.palette],
        "width": image.width,
        "height": image.height,
        "content_type": image.content_type,
        "sha256": image.sha256,
        "published": image.published,
        "original_filename": image.filename,
        "created_at": show_time(image.created_at),
        "id": image.id,
    }


class Names:
    """File names that every system can hold, each given once whatever its case."""

    def __init__(self) -> None:
        self._taken = {name.casefold() for name in TABLES}

    def give(self, image: Image, taken_elsewhere: bool = False) -> str:
        """The picture's own name if it is free, else with some of its id. `taken_elsewhere`: not even if it is."""
        stem, suffix = _safe(image)
        for name in (f"{stem}{suffix}", f"{stem}-{image.id[:8]}{suffix}", f"{stem}-{image.id}{suffix}"):
            if name.casefold() not in self._taken and not taken_elsewhere:
                self._taken.add(name.casefold())
                return name
            taken_elsewhere = False
        raise AssertionError("two images of one id")


def _safe(image: Image) -> tuple[str, str]:
    name = _UNSAFE.sub("_", image.filename).strip(" .") or image.id
    suffixes = _SUFFIXES.get(image.content_type, ("",))
    stem, suffix = os.path.splitext(name)
    if suffix.lower() not in suffixes:
        stem, suffix = name, suffixes[0]
    stem = stem.encode()[: LONGEST_NAME - len(image.id)].decode(errors="ignore").rstrip(" .")
    return ("_" + stem if _DEVICES.match(stem) else stem), suffix


def _copy(image: Image, root: Path, names: Names, parts: Services) -> str | None:
    """Name of the picture's copy, there already or made now; None when there is no original. Nobody's other file is replaced."""
    name = names.give(image)
    if _is_other(root / name, image):
        name = names.give(image, taken_elsewhere=True)
    if _is_same(root / name, image):
        return name
    original = parts.store.read(image.key, MAX_BYTES)
    if original is None:
        return None
    with _whole(root / name) as file:
        file.write(original.body)
    return name


def _is_same(path: Path, image: Image) -> bool:
    if not path.is_file() or path.stat().st_size != image.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == image.sha256


def _is_other(path: Path, image: Image) -> bool:
    return os.path.lexists(path) and not _is_same(path, image)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete, or not at all."""
    draft = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _must_be_ours(table: Path) -> None:
    """Trouble when a table of somebody else's would be replaced."""
    if not table.exists():
        return
    with table.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    try:
        ours = not first.strip() or {"file_name", "sha256", "id"} <= json.loads(first).keys()
    except (ValueError, AttributeError):
        ours = False
    if not ours:
        raise Trouble(f"{table} is not an export of ours and stays as it is.", "./sightsync export ANOTHER_FOLDER")

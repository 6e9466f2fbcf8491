"""Which files of a folder are pictures, what is said about them, and where they are filed; reads the folder and writes nothing."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.import_words import TABLES, WordBook, Words, note_of
from sightsync.categories import named
from sightsync.errors import PictureRejected
from sightsync.images import MAX_BYTES, MAX_DESCRIPTION, UNCATEGORISED
from sightsync.sniffing import kind_of
from sightsync.texts import clean_filename

SNIFFED = 1 << 16  # bytes that tell what a file is

# Whoever names a file so means a picture and should hear why it is none; all else that is none is no news.
_MEANT = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".svg", ".svgz"}
    | {".jxl", ".jp2", ".psd", ".ico"}
)
_JUNK = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Found:
    """One picture to import. `name` is its path below the folder, for people: see _shown."""

    path: Path
    name: str
    words: Words
    category: str

    def sidecar(self, drafts: bool) -> dict[str, Any]:
        """What analysis reads beside the picture: see arrivals.py."""
        words = self.words
        said = {"title": words.title, "description": words.description, "credit": words.credit, "tags": list(words.tags)}
        published = words.published is not False and not drafts
        return {name: value for name, value in said.items() if value} | {"category": self.category, "published": published}


@dataclass
class Folder:
    """What was found. `copies` of one of the pictures, and `rejected`: sentences by name; `skipped`: how many of each kind;
    `problems`: whole sentences."""

    pictures: list[Found] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Of all pictures, copies too."""
        return len(self.pictures) + len(self.copies)


def look_through(root: Path, category: str | None, leave_out: Path) -> Folder:
    """Everything below root but `leave_out`. `category` goes to pictures that no table files."""
    found, book = Folder(), WordBook(root)
    for folder, names in _folders(root, leave_out, found.skipped):
        book.read(folder)
        paths = [folder / name for name in names if name.lower() not in TABLES]
        notes = {note_of(path) for path in paths if path.suffix.lower() in _MEANT}
        for path in paths:
            if path not in notes:
                _look_at(path, root, category, book, found)
    _sum_up(book, found)
    _leave_out_copies(found)
    return found


def _leave_out_copies(found: Folder) -> None:
    """Of files that are the same the first with words is taken, else the first that is filed, else the first.

    Only files of one size are read for it.
    """
    by_size: defaultdict[int, list[Found]] = defaultdict(list)
    for picture in found.pictures:
        with suppress(OSError):  # taking it says what is wrong
            by_size[picture.path.stat().st_size].append(picture)
    for alike in by_size.values():
        taken: dict[str, str] = {}
        for picture in sorted(alike, key=_says_little) if len(alike) > 1 else ():
            with suppress(OSError):
                name = taken.setdefault(digest(picture.path.read_bytes()), picture.name)
                if name != picture.name:
                    found.copies[picture.name] = f"the same picture as {name}"
    found.pictures = [picture for picture in found.pictures if picture.name not in found.copies]


def _says_little(picture: Found) -> tuple[bool, bool]:
    """Sorts what its owner has said more of to the front: words before a category."""
    return picture.words == Words(), picture.category == UNCATEGORISED


def _folders(root: Path, leave_out: Path, skipped: Counter[str]) -> Iterator[tuple[Path, list[str]]]:
    """Each folder with its files' names in order; hidden ones are counted, and what opening would wait for, such as a pipe."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and Path(folder, name) != leave_out)
        seen = [name for name in files if not (name.startswith(".") or name.lower() in _JUNK)]
        plain = [name for name in seen if not _is_special(Path(folder, name))]
        skipped["hidden"] += len(files) - len(seen)
        skipped["no file"] += len(seen) - len(plain)
        yield Path(folder), sorted(plain)


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False  # reading it says what is wrong


def _look_at(path: Path, root: Path, category: str | None, book: WordBook, found: Folder) -> None:
    name = _shown(path, root)
    try:
        with path.open("rb") as file:
            kind_of(file.read(SNIFFED))
            size = os.fstat(file.fileno()).st_size
    except PictureRejected as refusal:
        if path.suffix.lower() in _MEANT:
            found.rejected[name] = str(refusal)
        else:
            found.skipped["no picture"] += 1
        return
    except OSError as exc:
        found.rejected[name] = f"It cannot be read: {exc.strerror}."
        return
    if size > MAX_BYTES:
        found.rejected[name] = str(PictureRejected("too_large"))
        return
    words = book.of(path)
    if len(words.description) > MAX_DESCRIPTION:
        found.problems.append(f"{name}: the description was cut to {MAX_DESCRIPTION} characters.")
    found.pictures.append(Found(path, name, words, _filed(words, path, root, category, found)))


def _shown(path: Path, root: Path) -> str:
    """Its path below the folder; a line's end, an escape code or a byte of no alphabet in it is spelt: terminals see it."""
    name = path.relative_to(root).as_posix()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _filed(words: Words, path: Path, root: Path, category: str | None, found: Folder) -> str:
    """Its row's category, else the one asked for, else that of the nearest folder whose name is one."""
    if words.category:
        known = named(words.category)
        if known:
            return known
        found.problems.append(f"{_shown(path, root)}: there is no category {words.category[:40]!r}.")
    folders = [root, *reversed(path.relative_to(root).parents[:-1])]
    by_folder = (named(folder.name) for folder in reversed(folders))
    return category or next((known for known in by_folder if known), UNCATEGORISED)


def _sum_up(book: WordBook, found: Folder) -> None:
    found.problems[:0] = book.problems
    if book.unused():
        found.problems.append(f"{book.unused()} rows of words name files that are not here, or no pictures.")
    found.skipped = +found.skipped


def key_of(picture: Found, sha256: str) -> str:
    """The same file under the same name and category is always the same object, and so the same image."""
    folder = picture.category if picture.category != UNCATEGORISED else "_"
    return f"incoming/{folder}/{sha256[:16]}/{_storable(picture.words.filename or picture.path.name)}"


def _storable(name: str) -> str:
    """A name that every store holds, as long as a sidecar's leaves room for."""
    kept = clean_filename(name.encode("utf-8", "replace").decode(), cut=True).replace("\\", "_").lstrip(".") or "picture"
    stem, dot, suffix = kept.rpartition(".")
    if not dot:
        stem, suffix = kept, ""
    room = 200 - len((dot + suffix).encode()[:40])
    return stem.encode()[:room].decode(errors="ignore") + (dot + suffix).encode()[:40].decode(errors="ignore")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def kinds(skipped: Counter[str]) -> Sequence[str]:
    return [f"{count} {kind}" for kind, count in skipped.items()]

"""People's words about a folder of pictures: descriptions.csv, metadata.jsonl (as Hugging Face has it), .txt beside a picture.

Forgiving about how they were written: byte order marks, delimiters, names of columns, slashes, case. Whatever cannot be read
costs its words only and is named in `problems`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

TABLES = ("descriptions.csv", "metadata.csv", "metadata.jsonl")
MAX_TABLE = 64 * 1024 * 1024
MAX_NOTE = 64 * 1024

# What each field may be called; the first that a row has counts, even when it is empty there.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("file_name", "file", "filename", "name", "path", "image"),
    "filename": ("original_filename",),
    "description": ("text", "description", "caption", "alt", "words"),
    "title": ("title",),
    "category": ("category", "folder"),
    "tags": ("tags", "keywords"),
    "credit": ("credit", "author", "photographer"),
    "published": ("published",),
}
_NO = {"false", "no", "0", "n"}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Words:
    """What is known of one picture. `filename` is the name it once had, where the folder's is another."""

    description: str = ""
    title: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    credit: str = ""
    published: bool | None = None
    filename: str = ""


class WordBook:
    """All words of one folder and those below it. `read` each folder before asking for its files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_path: dict[str, Words] = {}
        self._by_name: dict[str, list[str]] = {}
        self._used: set[str] = set()
        self.problems: list[str] = []

    def read(self, folder: Path) -> None:
        for name in TABLES:
            if (folder / name).is_file():
                self._read_table(folder / name)

    def of(self, path: Path) -> Words:
        """From the tables by path, else by name where only one row bears it; a .txt gives what they leave open."""
        place = _plain(path.relative_to(self._root).as_posix())
        if place not in self._by_path:
            named = self._by_name.get(place.rsplit("/", 1)[-1], [])
            place = named[0] if len(named) == 1 else place
        self._used.add(place)
        words = self._by_path.get(place, Words())
        note = "" if words.description else self._note(path)
        return replace(words, description=note) if note else words

    def unused(self) -> int:
        """Rows that no file was found for."""
        return len(self._by_path.keys() - self._used)

    def _read_table(self, table: Path) -> None:
        shown = table.relative_to(self._root)
        try:
            with table.open("rb") as file:
                text = decoded(file.read(MAX_TABLE))
            rows = list(_json_rows(text, self.problems, str(shown)) if table.suffix == ".jsonl" else _csv_rows(text))
        except (OSError, ValueError, csv.Error) as exc:
            self.problems.append(f"{shown} cannot be read: {exc}.")
            return
        if rows and not any(_field(row, "file") for row in rows):
            self.problems.append(f"{shown} has no column that names files, such as `file`; its words are left out.")
        for row in rows:
            self._note_row(table.parent, row)

    def _note_row(self, folder: Path, row: Mapping[str, Any]) -> None:
        name = str(_field(row, "file") or "").strip()
        if not name:
            return
        place = _plain((folder.relative_to(self._root) / name.replace("\\", "/")).as_posix())
        if place not in self._by_path:
            self._by_path[place] = _words(row)
            if not os.path.isfile(folder / name):  # perhaps only the folder is not what it says
                self._by_name.setdefault(place.rsplit("/", 1)[-1], []).append(place)

    def _note(self, path: Path) -> str:
        note = note_of(path)
        if note is None:
            return ""
        try:
            with note.open("rb") as file:
                return decoded(file.read(MAX_NOTE)).strip()
        except OSError as exc:
            self.problems.append(f"{note.relative_to(self._root)} cannot be read: {exc.strerror}.")
            return ""


def note_of(path: Path) -> Path | None:
    """The .txt beside a picture: boat.txt or boat.jpg.txt for boat.jpg."""
    candidates = (path.with_name(path.name + ".txt"), path.with_suffix(".txt"))
    return next((note for note in candidates if os.path.isfile(note)), None)


def decoded(data: bytes) -> str:
    """Text in UTF-8 or UTF-16, told by its mark or by the halves that are nought; else what Windows has long written."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").lstrip("\ufeff")
    if b"\0" in data[:2]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _csv_rows(text: str) -> Iterator[Mapping[str, Any]]:
    text = text.lstrip("\n\r")
    delimiter = max(_DELIMITERS, key=text.split("\n", 1)[0].count)
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True):
        yield {name.strip().lower(): value for name, value in row.items() if isinstance(name, str) and value is not None}


def _json_rows(text: str, problems: list[str], shown: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: JSON may hold U+2028 as it is
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield row
        else:
            problems.append(f"Line {number} of {shown} cannot be read.")


def _field(row: Mapping[str, Any], field: str) -> Any:
    return next((row[name] for name in _COLUMNS[field] if name in row), None)


def _words(row: Mapping[str, Any]) -> Words:
    published = _field(row, "published")
    return Words(
        description=_text(row, "description"),
        title=_text(row, "title"),
        category=_text(row, "category"),
        tags=_tags(_field(row, "tags")),
        credit=_text(row, "credit"),
        published=None if published in (None, "") else str(published).strip().lower() not in _NO,
        filename=_text(row, "filename"),
    )


def _text(row: Mapping[str, Any], field: str) -> str:
    value = _field(row, field)
    return value.strip() if isinstance(value, str) else ""


def _tags(value: Any) -> tuple[str, ...]:
    """A list, or one cell with commas, semicolons or bars between them."""
    parts = re.split(r"[,;|]", value) if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(part.strip() for part in parts if isinstance(part, str) and part.strip())


def _plain(path: str) -> str:
    """The same for all spellings of one path. Macs write accents apart, Windows does not care for case."""
    folded = unicodedata.normalize("NFC", path).casefold()
    return "/".join(part for part in folded.split("/") if part not in ("", "."))

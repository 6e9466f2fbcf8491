"""`import` and `export`: folders of pictures come in whole, once, with their words, and go out again as they came."""

import json
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli import main
from local.importing import patiently
from local.lock import serving
from local.worker import Worker
from sightsync.adapters.sqlite_queue import QueueUnavailable
from sightsync.errors import CatalogUnavailable
from sightsync.images import Image, Status
from sightsync.ports import Everything, Sort
from sightsync.services import Services, services
from tests import pictures
from tests.dev_server import ROOT, environment
from tests.records import damage


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder that the commands run in this process use."""
    data = tmp_path / "data"
    monkeypatch.setenv("SIGHTSYNC_DATA", str(data))
    monkeypatch.setenv("SIGHTSYNC_LOCAL_USER", "local")
    services.cache_clear()
    handlers, level = logging.root.handlers[:], logging.root.level
    yield data
    logging.root.handlers[:], logging.root.level = handlers, level  # commands write their log to the terminal
    services().catalog.close()
    services.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def stored(parts: Services | None = None) -> dict[str, Image]:
    """All records by file name."""
    images = (parts or services()).catalog.page(Everything, Sort(), None, 100).images
    assert len({image.filename for image in images}) == len(images)
    return {image.filename: image for image in images}


def test_a_folder_comes_in_with_its_words_and_categories(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "Comic/strip.png", pictures.png())
    put(folder, "General Illustrations/deep/boat.jpg", pictures.photo(1))
    put(folder, "somewhere/face.webp", pictures.webp(colour="#2f55c0"))
    put(folder, "plain.jpg", pictures.photo(2))
    put(folder, "somewhere/face.txt", "A face\nin blue")
    put(folder, "descriptions.csv", 'file,description,title,tags,category\nplain.jpg,A hill,Hill,"green, hill",Portrait\n')
    assert main(["import", str(folder)]) == 0
    found = stored()
    assert {name: image.category for name, image in found.items()} == {
        "strip.png": "comics",
        "boat.jpg": "illustrations",
        "face.webp": "uncategorised",
        "plain.jpg": "portraits",
    }
    hill = found["plain.jpg"]
    assert (hill.title, hill.description, hill.tags) == ("Hill", "A hill", ("green", "hill"))
    assert found["face.webp"].description == "A face\nin blue"
    assert all(image.public and image.caption for image in found.values())
    assert "Imported 4, already there 0, rejected 0." in capsys.readouterr().out


def test_an_import_repeated_adds_nothing(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    put(folder, "b/again.jpg", pictures.photo(1))
    assert main(["import", str(folder)]) == 0
    assert "Imported 1, already there 1" in capsys.readouterr().out
    put(folder, "c.jpg", pictures.photo(2))
    assert main(["import", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Imported 1, already there 2" in out
    assert "b/again.jpg: the same picture as a.jpg" in out
    assert set(stored()) == {"a.jpg", "c.jpg"}


def test_of_two_copies_the_one_with_words_is_taken(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    put(folder, "told/z.jpg", pictures.photo(1))
    put(folder, "told/z.txt", "a red boat")
    assert main(["import", str(folder), "--dry-run"]) == 0
    assert "Would import 1, already there 1, rejected 0." in capsys.readouterr().out
    assert main(["import", str(folder)]) == 0
    assert "a.jpg: the same picture as told/z.jpg" in capsys.readouterr().out
    assert {name: image.description for name, image in stored().items()} == {"z.jpg": "a red boat"}


def test_of_two_copies_without_words_the_one_that_is_filed_is_taken(gallery: Path, folder: Path) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    put(folder, "comics/z.jpg", pictures.photo(1))
    assert main(["import", str(folder)]) == 0
    assert {name: image.category for name, image in stored().items()} == {"z.jpg": "comics"}


def test_what_cannot_come_in_is_named_with_its_reason(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "good.jpg", pictures.photo(1))
    put(folder, "cut.jpg", pictures.truncated())
    put(folder, "text.jpg", "not a picture")
    put(folder, "drawing.svg", pictures.svgs()[0])
    put(folder, "notes.md", "# Notes")
    put(folder, ".hidden.jpg", pictures.photo(2))
    put(folder, ".git/x.jpg", pictures.photo(3))
    assert main(["import", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Imported 1, already there 0, rejected 3." in out
    assert "cut.jpg: This file is damaged or cut short." in out
    assert "text.jpg: This file is not a picture." in out
    assert "drawing.svg: SVG files can carry scripts" in out
    assert "Skipped: 1 hidden, 1 no picture." in out


def test_a_dry_run_tells_and_touches_nothing(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "comics/a.jpg", pictures.photo(1))
    assert main(["import", str(folder), "--dry-run"]) == 0
    assert "comics/a.jpg  comics" in capsys.readouterr().out
    assert not gallery.exists()


def test_drafts_stay_unpublished_and_a_category_is_given_to_what_has_none(gallery: Path, folder: Path) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    assert main(["import", str(folder), "--drafts", "--category", "Comics"]) == 0
    image = stored()["a.jpg"]
    assert (image.published, image.category, image.status) == (False, "comics", Status.READY)


def test_names_that_no_key_can_hold_come_in_all_the_same(gallery: Path, folder: Path) -> None:
    names = [
        "back\\slash.jpg",
        "ünïcode 東京 \u202e.jpg",
        "?&#%+.jpg",
        "x" * 251 + ".jpg",
        "no_suffix",
        "e\udcff.jpg",
        "two\nlines.jpg",
    ]
    for number, name in enumerate(names):
        put(folder, name, pictures.photo(number))
    assert main(["import", str(folder)]) == 0
    assert len(stored()) == len(names)
    assert {image.status for image in stored().values()} == {Status.READY}


def test_a_name_says_nothing_to_the_terminal_and_a_pipe_is_not_waited_for(
    gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, "\x1b[2J\udcff.jpg", pictures.photo(1))
    os.mkfifo(folder / "pipe.jpg")
    assert main(["import", str(folder), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "\\x1b[2J\\udcff.jpg  uncategorised" in out
    assert "Skipped: 1 no file." in out


def test_what_a_bin_holds_is_not_imported_again(gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    main(["import", str(folder)])
    image = stored()["a.jpg"]
    services().catalog.put(image.but(deleted_at=image.created_at), image.version)
    capsys.readouterr()
    assert main(["import", str(folder)]) == 0
    assert "a.jpg: in the bin" in capsys.readouterr().out


def test_an_import_takes_up_what_lost_its_message(gallery: Path, folder: Path) -> None:
    """As after a server was killed ten times over one message: the object is there, nothing on the queue asks for it."""
    put(folder, "a.jpg", pictures.photo(1))
    parts = services()

    def lose() -> None:
        until = time.monotonic() + 120
        while not parts.queue.counts()["waiting"] and time.monotonic() < until:  # type: ignore[attr-defined]  # it is the SQLite one
            time.sleep(0.01)
        for message in parts.queue.receive():  # type: ignore[attr-defined]  # it is the SQLite one
            parts.queue.delete(message.receipt_handle)  # type: ignore[attr-defined]  # it is the SQLite one

    with serving(gallery):  # so that the import leaves the queue to others
        thief = threading.Thread(target=lose)
        thief.start()
        done: list[int] = []
        waiting = threading.Thread(target=lambda: done.append(main(["import", str(folder)])))
        waiting.start()
        thief.join()
        worker = Worker(parts)
        worker.start()
        waiting.join(180)
        worker.stop()
    assert done == [0]
    assert stored()["a.jpg"].status is Status.READY


def test_an_import_that_is_killed_goes_on_where_it_was(tmp_path: Path, gallery: Path, folder: Path) -> None:
    for number in range(30):
        put(folder, f"{number}.jpg", pictures.photo(number, 640, 480))
    command = [sys.executable, "-m", "local", "import", str(folder), "--data", str(gallery)]
    chance = random.Random(3)
    for _ in range(4):
        process = subprocess.Popen(command, env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5 + chance.random() * 1.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert len(stored()) == 30
    assert {image.status for image in stored().values()} == {Status.READY}
    assert not list((gallery / "store" / ".tmp").glob("*"))


def test_ctrl_c_ends_an_import_cleanly(gallery: Path, folder: Path) -> None:
    for number in range(150):  # more than are done before it hears
        put(folder, f"{number}.jpg", pictures.photo(number, 640, 480))
    command = [sys.executable, "-m", "local", "import", str(folder), "--data", str(gallery)]
    process = subprocess.Popen(command, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    process.stderr.readline()  # the first line of progress
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "Run the same command again to go on" in out
    assert "Traceback" not in errors


@pytest.mark.parametrize("table", ["images", "colours"], ids=["where it is read", "where only analysis writes"])
def test_a_damaged_catalog_ends_an_import_at_once(
    gallery: Path, folder: Path, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    assert main(["import", str(folder)]) == 0
    services().catalog.close()
    services.cache_clear()
    damage(gallery / "catalog.db", table)
    put(folder, "b.jpg", pictures.photo(2))
    assert main(["import", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "catalog.db is damaged. Stop SightSync" in said
    assert "Waiting for it" not in said
    with sqlite3.connect(gallery / "queue.db") as queue:
        assert queue.execute("SELECT coalesce(max(receives), 0) FROM messages").fetchone()[0] <= 1
    queue.close()


def test_what_an_import_waits_for_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    troubles = [CatalogUnavailable("catalog.db is busy."), QueueUnavailable("The queue is busy.")]

    def do() -> str:
        if troubles:
            raise troubles.pop(0)
        return "done"

    assert patiently(do) == "done"
    assert capsys.readouterr().err == "catalog.db is busy. Waiting for it, for 60 seconds at most.\n"


# --- export ---


def owners_words(image: Image) -> tuple[object, ...]:
    return (image.filename, image.title, image.description, image.category, image.tags, image.credit, image.published, image.sha256)


def test_an_export_imports_again_without_loss(gallery: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    put(folder, "other/A.jpg", pictures.photo(2))
    put(folder, 'comics/odd "<name>".png', pictures.png())
    rows = [
        {
            "file_name": "a.jpg",
            "text": "Two\nlines \u2028 & more 猫",
            "title": "T",
            "tags": ["x", "y z"],
            "credit": "Ada",
            "published": False,
        },
        {"file_name": "other/A.jpg", "text": "", "category": "portraits"},
    ]
    put(folder, "metadata.jsonl", "\n".join(map(json.dumps, rows)))
    assert main(["import", str(folder)]) == 0
    before = sorted(map(owners_words, services().catalog.page(Everything, Sort(), None, 100).images), key=str)
    out = tmp_path / "out"
    assert main(["export", str(out), "--pictures", "--drafts"]) == 0
    assert len({name.casefold() for name in os.listdir(out)}) == 4

    monkeypatch.setenv("SIGHTSYNC_DATA", str(tmp_path / "second"))
    services().catalog.close()
    services.cache_clear()
    assert main(["import", str(out)]) == 0
    assert sorted(map(owners_words, services().catalog.page(Everything, Sort(), None, 100).images), key=str) == before


def test_only_what_is_published_and_nobodys_sample_goes_out(
    gallery: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(("public.jpg", "draft.jpg", "sample.jpg")):
        put(folder, name, pictures.photo(number))
    main(["import", str(folder)])
    for name, changes in {"draft.jpg": {"published": False}, "sample.jpg": {"sample": True}}.items():
        image = stored()[name]
        services().catalog.put(image.but(**changes), image.version)
    capsys.readouterr()
    assert main(["export", "-"]) == 0
    assert [json.loads(line)["file_name"] for line in capsys.readouterr().out.splitlines()] == ["public.jpg"]
    assert main(["export", "-", "--drafts"]) == 0
    names = [json.loads(line)["file_name"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(names) == ["draft.jpg", "public.jpg"]


def test_an_export_replaces_nobodys_files(gallery: Path, folder: Path, tmp_path: Path) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    main(["import", str(folder)])
    out = tmp_path / "out"
    put(out, "a.jpg", "mine")
    for _ in range(2):
        assert main(["export", str(out), "--pictures"]) == 0
        assert (out / "a.jpg").read_text() == "mine"
        name = json.loads((out / "metadata.jsonl").read_text())["file_name"]
        assert (out / name).read_bytes() == pictures.photo(1)
    put(out, "metadata.jsonl", '{"file_name": "a.jpg", "text": "mine"}')
    assert main(["export", str(out)]) == 1
    assert "mine" in (out / "metadata.jsonl").read_text()


def test_a_missing_original_is_named(gallery: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "a.jpg", pictures.photo(1))
    main(["import", str(folder)])
    services().store.delete(stored()["a.jpg"].key)
    assert main(["export", str(tmp_path / "out"), "--pictures"]) == 1
    assert "a.jpg" in capsys.readouterr().out


@pytest.mark.real_images
def test_real_pictures_come_in_with_their_words(gallery: Path, real_images: Path) -> None:
    assert main(["import", str(real_images)]) == 0
    found = stored()
    assert len(found) == 15
    assert {image.status for image in found.values()} == {Status.READY}
    assert found["photo.heic"].description == "machinery with a pipe and a metal label"
    sideways = found["portrait-orientation-6.jpg"]
    assert (sideways.width, sideways.height) == (840, 700)

"""Five hundred hostile files in a row: each settles, and memory is where it was."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightsync.decoder import Decoder
from sightsync.errors import PictureRejected
from tests import pictures

FILES = 500
MB = 1024 * 1024


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


def resident(pid: int | None) -> int:
    """Bytes in memory now, or none for a child that has left."""
    return 0 if pid is None else int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def settled(decoder: Decoder, data: bytes) -> str:
    try:
        pixels = decoder.open(data)
    except PictureRejected as exc:
        return exc.code
    assert pixels.derivatives["thumb"].startswith(b"\xff\xd8")
    return "opened"


def test_some_hostile_files_of_each_sort_settle(decoder: Decoder) -> None:
    assert sum(Counter(settled(decoder, pictures.hostile(seed)) for seed in range(60)).values()) == 60


@pytest.mark.slow
def test_five_hundred_hostile_files_settle_and_memory_returns(decoder: Decoder, real_images: Path) -> None:
    small = tuple(path.read_bytes() for path in sorted(real_images.iterdir()) if path.stat().st_size < 200_000)
    decoder.open(pictures.photo(1))
    server, child = resident(os.getpid()), resident(decoder.pid)
    results = Counter(settled(decoder, pictures.hostile(seed, small if seed % 2 else ())) for seed in range(FILES))
    assert sum(results.values()) == FILES
    assert results["opened"] > 10  # the damage is not always fatal, so the codecs themselves were reached
    assert results["corrupt"] > 50
    assert decoder.open(pictures.photo(1)).width == 320
    assert resident(os.getpid()) < server + 40 * MB
    assert resident(decoder.pid) < child + 60 * MB

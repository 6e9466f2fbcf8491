"""A hostile file hurts neither the server nor its neighbours: crashes, hangs and hunger happen to a child."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sightsync import decoder as decoders
from sightsync.decoder import Decoder
from sightsync.errors import SightSyncError, Unavailable
from sightsync.pixels import open_picture
from tests import pictures


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


def acting(tmp_path: Path, body: str, seconds: float = 60) -> Decoder:
    """A decoder whose child says it is ready and then does as told instead of decoding."""
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, signal, struct, sys, time\n"
        "def send(header, body=b''):\n"
        "    text = json.dumps(header).encode()\n"
        "    os.write(1, struct.pack('>II', len(text), len(body)) + text + body)\n"
        f"send({{'ready': True}})\n{body}\n"
    )
    return Decoder(seconds, command=(sys.executable, str(script)))


def code(decoder: Decoder, data: bytes | None = None) -> str:
    with pytest.raises(SightSyncError) as caught:
        decoder.open(pictures.jpeg() if data is None else data)
    return caught.value.code


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(condition, seconds: float = 60) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return False


def waiting_child(decoder: Decoder) -> int:
    assert eventually(lambda: decoder.pid is not None)
    assert decoder.pid is not None
    return decoder.pid


# --- Ordinary days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("derive", [True, False])
def test_the_child_answers_what_would_be_found_here(decoder: Decoder, derive: bool) -> None:
    file = pictures.with_exif(pictures.scene(4, 900, 700), 6, "Ein Käfer 🪲", gps=True)
    assert decoder.open(file, derive=derive) == open_picture(file, derive=derive)


def test_one_child_serves_picture_after_picture(decoder: Decoder) -> None:
    seen = set()
    for seed in range(5):
        decoder.open(pictures.photo(seed))
        seen.add(decoder.pid)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", "not_an_image"),
        (b"words", "not_an_image"),
        (pictures.SVG, "svg_refused"),
        (pictures.bomb_header(), "too_many_pixels"),
        (pictures.truncated(), "corrupt"),
        (bytes(25 * 1024 * 1024 + 1), "too_large"),
        (pictures.other_kinds()["psd"], "unsupported_format"),
    ],
)
def test_refusals_come_through_with_their_reason(decoder: Decoder, data: bytes, wanted: str) -> None:
    assert code(decoder, data) == wanted


def test_threads_take_turns_and_get_their_own_answers(decoder: Decoder) -> None:
    files = {seed: pictures.photo(seed, 60 + seed, 50) for seed in range(24)}
    with ThreadPoolExecutor(8) as threads:
        widths = dict(zip(files, threads.map(lambda seed: decoder.open(files[seed]).width, files), strict=True))
    assert widths == {seed: 60 + seed for seed in files}


def test_the_largest_file_there_may_be_goes_through_the_pipe(decoder: Decoder) -> None:
    padded = pictures.jpeg()[:-2] + bytes(24 * 1024 * 1024) + b"\xff\xd9"
    assert decoder.open(padded).width == 64


def test_a_process_has_one_decoder_of_its_own() -> None:
    assert decoders.decoder() is decoders.decoder()


# --- Crashes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGSEGV)", "os.abort()", "sys.exit(3)", "os.write(1, b'x' * 99)"])
def test_a_crash_makes_the_file_corrupt(tmp_path: Path, end: str) -> None:
    assert code(acting(tmp_path, f"os.read(0, 1)\n{end}")) == "corrupt"


def test_a_crash_that_does_not_happen_again_is_not_blamed_on_the_file(decoder: Decoder) -> None:
    decoder.open(pictures.jpeg())
    child = waiting_child(decoder)
    os.kill(child, signal.SIGSTOP)  # so that it is in the midst of it, however fast it is
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(decoder.open, pictures.photo(1))
        time.sleep(0.2)
        os.kill(child, signal.SIGKILL)
        assert answer.result().width == 320
    assert decoder.pid != child


def test_a_child_that_dies_between_pictures_is_replaced_unnoticed(decoder: Decoder) -> None:
    decoder.open(pictures.jpeg())
    child = waiting_child(decoder)
    os.kill(child, signal.SIGKILL)
    assert decoder.open(pictures.photo(2)).width == 320


def test_being_asked_to_stop_is_no_fault_of_the_file(tmp_path: Path) -> None:
    assert code(acting(tmp_path, "os.read(0, 1)\nos.kill(os.getpid(), signal.SIGTERM)")) == "decoder_stopped"


@pytest.mark.parametrize(
    "answer",
    [
        "send({'pixels': {}, 'files': []})",
        "send({'pixels': {'format': 'exe'}, 'files': []})",
        "send(['no', 'header'])",
        "os.write(1, struct.pack('>II', 2**31, 2**31))",
        "send({'rejected': 'because'})",
        "send({'files': [['model_input', 3]], 'pixels': {'format': 'jpeg'}}, b'MZ.')",
    ],
)
def test_a_child_that_was_taken_over_can_only_say_corrupt(tmp_path: Path, answer: str) -> None:
    assert code(acting(tmp_path, f"os.read(0, 1 << 20)\n{answer}\ntime.sleep(9)")) == "corrupt"


def test_a_fault_of_ours_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    assert code(acting(tmp_path, "os.read(0, 1 << 20)\nsend({'failed': 'Traceback'})\ntime.sleep(9)")) == "internal"


@pytest.mark.parametrize("command", [("/nowhere/python",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_a_decoder_that_cannot_start_is_no_fault_of_the_file(command: tuple[str, ...]) -> None:
    assert code(Decoder(command=command)) == "decoder_unavailable"


# --- Hangs --------------------------------------------------------------------------------------------------------


def test_a_picture_that_takes_too_long_is_refused_and_its_child_killed(tmp_path: Path) -> None:
    stuck = acting(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", seconds=1)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(code, stuck)
        child = waiting_child(stuck)
        assert answer.result() == "took_too_long"
    assert not exists(child)


def test_a_child_that_reads_nothing_is_given_up_too(tmp_path: Path) -> None:
    assert code(acting(tmp_path, "time.sleep(60)", seconds=1), pictures.jpeg() + bytes(5_000_000)) == "took_too_long"


def test_a_frozen_codec_is_killed_and_the_next_picture_opened() -> None:
    decoder = Decoder(seconds=3.0)  # in which a busy machine opens the last one
    decoder.open(pictures.jpeg())
    child = waiting_child(decoder)
    os.kill(child, signal.SIGSTOP)
    assert code(decoder) == "took_too_long"
    assert not exists(child)
    assert decoder.open(pictures.photo(1)).width == 320
    decoder.close()


def test_a_callers_deadline_is_no_fault_of_the_file(tmp_path: Path) -> None:
    stuck = acting(tmp_path, "time.sleep(60)")
    with pytest.raises(Unavailable) as caught:
        stuck.open(pictures.jpeg(), deadline=time.monotonic() + 0.5)
    assert caught.value.code == "out_of_time"


def test_a_deadline_that_has_passed_starts_nothing() -> None:
    idle = Decoder()
    with pytest.raises(Unavailable) as caught:
        idle.open(pictures.jpeg(), deadline=time.monotonic() - 1)
    assert caught.value.code == "out_of_time"
    assert idle.pid is None


def test_waiting_for_ones_turn_ends_at_the_deadline(tmp_path: Path) -> None:
    stuck = acting(tmp_path, "time.sleep(60)", seconds=1)
    first = threading.Thread(target=code, args=(stuck,))
    first.start()
    waiting_child(stuck)
    with pytest.raises(Unavailable) as caught:
        stuck.open(pictures.jpeg(), deadline=time.monotonic() + 0.2)
    assert caught.value.code == "out_of_time"
    first.join()


# --- Memory and surroundings --------------------------------------------------------------------------------------


def test_a_picture_that_needs_too_much_memory_is_refused() -> None:
    decoder = Decoder(memory=40 * 1024 * 1024)
    assert code(decoder, pictures.png(6000, 6000)) == "too_many_pixels"
    assert decoder.open(pictures.photo(1)).width == 320
    decoder.close()


def test_memory_goes_back_after_a_large_picture(decoder: Decoder) -> None:
    def resident() -> int:
        return int(Path(f"/proc/{waiting_child(decoder)}/statm").read_text().split()[1]) * 4096

    decoder.open(pictures.photo(1))
    before = resident()
    decoder.open(pictures.png(6000, 6000))
    decoder.open(pictures.photo(1))
    assert resident() < before + 40 * 1024 * 1024


SPEAKS_OF_ITS_ENVIRONMENT = """
os.read(0, 1 << 20)
send({'rejected': 'corrupt', 'cause': ' '.join(sorted(os.environ))})
time.sleep(9)
"""


def test_the_child_is_given_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("SIGHTSYNC_CATALOG", "mongodb+srv://user:password@host")
    caplog.set_level("INFO")
    code(acting(tmp_path, SPEAKS_OF_ITS_ENVIRONMENT))
    names = next(str(vars(record)["cause"]) for record in caplog.records if record.message == "picture_rejected").split()
    assert "PYTHONPATH" in names
    assert not any(name.startswith(("AWS_", "SIGHTSYNC_")) for name in names)


def test_what_codecs_print_fills_no_pipe(tmp_path: Path) -> None:
    noisy = "os.read(0, 1 << 20)\nsys.stderr.write('warning ' * 100_000)\nsend({'rejected': 'not_an_image'})\ntime.sleep(9)"
    assert code(acting(tmp_path, noisy)) == "not_an_image"


def test_an_idle_child_ends_with_its_parent() -> None:
    child = orphan("Decoder()", "d.open(pictures.jpeg())")
    assert eventually(lambda: not exists(child))


STUCK_IN_A_CODEC = """
import os, sys
from sightsync import decoding
sys.stdout.buffer.write(decoding.packed({'ready': True}))
sys.stdout.buffer.flush()
decoding.tied_to(int(os.environ[decoding.LIFELINE]))
while True: pass
"""


def test_a_child_that_is_stuck_ends_with_its_parent() -> None:
    made = f"Decoder(command=(sys.executable, '-c', {STUCK_IN_A_CODEC!r}))"
    begun = "threading.Thread(target=d.open, args=(b'',), daemon=True).start()\nwhile not d.pid: time.sleep(0.05)"
    child = orphan(made, f"{begun}\ntime.sleep(0.5)")
    assert eventually(lambda: not exists(child))


def orphan(made: str, then: str) -> int:
    """The child of a program that had a decoder and was killed."""
    program = (
        "import os, signal, sys, threading, time\n"
        "from sightsync.decoder import Decoder\n"
        "from tests import pictures\n"
        f"d = {made}\n{then}\n"
        "print(d.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return int(done.stdout)


# --- Lambda, where the system has no semaphores


NO_SEMAPHORES = """
import _multiprocessing, errno, pathlib
class SemLock:
    SEM_VALUE_MAX = 1
    def __new__(cls, *_): raise OSError(errno.ENOSYS, "Function not implemented")
_multiprocessing.SemLock = SemLock
with (pathlib.Path(__file__).parent / "processes").open("a") as file: print("one more", file=file)
"""


def test_pictures_open_where_semaphores_are_not_implemented(tmp_path: Path) -> None:
    """As on Lambda, which has no /dev/shm. The child of the decoder is no better off than its parent."""
    (tmp_path / "sitecustomize.py").write_text(NO_SEMAPHORES)
    program = (
        "import multiprocessing, sys\n"
        "try: multiprocessing.Lock(); sys.exit('semaphores work here')\n"
        "except OSError as exc: print(exc.errno)\n"
        "import handlers.analysis\n"
        "from sightsync.decoder import decoder\n"
        "from tests import pictures\n"
        "print(*[(p.width, p.height, sorted(p.derivatives)) for p in map(decoder().open, (pictures.photo(1), pictures.avif()))])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60, check=False)
    names = ["display", "row", "thumb"]
    assert done.stdout.splitlines() == [str(errno.ENOSYS), f"(320, 240, {names}) (64, 48, {names})"], done.stderr
    assert (tmp_path / "processes").read_text().count("one more") == 2, "the child went without, too"

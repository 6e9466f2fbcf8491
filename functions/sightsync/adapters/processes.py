"""Who holds something on this machine, so that what a killed process held can be told from what a living one holds."""

import os
import subprocess
from functools import cache
from pathlib import Path


def holder(pid: int | None = None) -> str:
    """`<pid>.<start>` of a living process (this one by default): a pid alone may be given to another after a crash."""
    return _this(os.getpid()) if pid is None else f"{pid}.{started(pid)}"


def alive(name: str) -> bool:
    """Whether the process that `holder()` named is still running."""
    pid, _, start = name.partition(".")
    return bool(start) and pid.isdigit() and started(int(pid)) == start


def started(pid: int) -> str:
    """When the process started, as text that is the same each time; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        # Field 22, in ticks since boot; the name in parentheses before it may hold anything.
        fields = stat.rpartition(")")[2].split()
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    except OSError:  # it ended while being read
        return ""
    return "" if fields[0] in ("Z", "X") else f"{fields[19]}.{_boot()}"


@cache
def _this(pid: int) -> str:
    return f"{pid}.{started(pid)}"


@cache
def _boot() -> str:
    """Eight characters of this boot's id: ticks since boot come again after a restart."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
    except OSError:
        return "boot"


def _started_by_ps(pid: int) -> str:
    """For systems without /proc (macOS): letters and digits of ps's start time."""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603,S607 - fixed words, found on PATH on every POSIX system
    return "".join(c for c in shown.stdout if c.isalnum())

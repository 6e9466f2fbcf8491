"""What this machine has, and how torch should use it."""

from __future__ import annotations

import os
from pathlib import Path

import torch

QUOTA = Path("/sys/fs/cgroup/cpu.max")
WORTH_LESS = 10_000_000  # parameters: a smaller tower is no faster in bfloat16
SIBLINGS = Path("/sys/devices/system/cpu/smt/active")


def tune() -> int:
    """Sets torch's threads and returns how many: the cores that this process may use. One request runs at a time, so it has all.

    torch itself counts the machine's cores, also in a container that may use two of them. OMP_NUM_THREADS, if set, is believed.
    """
    threads = torch.get_num_threads() if os.environ.get("OMP_NUM_THREADS") else max(1, _cores())
    torch.set_num_threads(threads)
    return threads


def _cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if SIBLINGS.is_file() and SIBLINGS.read_text().strip() == "1":
        allowed = (allowed + 1) // 2  # two threads of one core share its arithmetic
    if QUOTA.is_file():
        quota, _, period = QUOTA.read_text().strip().partition(" ")
        if quota != "max":
            allowed = min(allowed, max(1, round(int(quota) / int(period))))
    return allowed


def half_precision(device: torch.device) -> torch.dtype:
    """What to compute in: half precision on a card; on a processor it is slower where it is emulated, and it is further off."""
    return torch.float16 if device.type == "cuda" else torch.float32


def sight_precision(device: torch.device, parameters: int) -> torch.dtype:
    """What BLIP looks at pictures in. Its tower is nearly all of the work, and what it hands on is read by a decoder that chooses
    one word of thirty thousand: there bfloat16 does, at half the time, on processors that multiply in it. Vectors never are made
    in it: they must be the same on every machine.
    """
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # torch has no public name for it; without it, as ever
    worth_it = device.type == "cpu" and parameters >= WORTH_LESS and native is not None and native()
    return torch.bfloat16 if worth_it else half_precision(device)

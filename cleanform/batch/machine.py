"""How many workers this machine carries: cores and free memory, a container's limits included."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Memory set aside for each worker. One analysis of a 1080p clip peaks below 900 MB
#: (`benchmarks/batch_throughput.py`); the rest is for the page cache and for larger pictures.
WORKER_MB = 1200


def default_workers() -> int:
    """One worker a core, fewer where memory is short, at least one."""
    return max(1, min(cores(), int(free_mb() // WORKER_MB)))


def cores() -> int:
    """Cores that this process may use."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        allowed = os.cpu_count() or 1
    quota = _text("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit():
        allowed = min(allowed, max(1, round(int(quota[0]) / int(quota[1]))))
    return allowed


def free_mb() -> float:
    """Memory that can be had without pushing others out; infinite where it is not known."""
    amounts = []
    available = re.search(r"MemAvailable:\s*(\d+) kB", _text("/proc/meminfo"))
    if available:
        amounts.append(int(available[1]) / 1024)
    elif hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        amounts.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20 / 2)
    limit = _text("/sys/fs/cgroup/memory.max").strip()
    used = _text("/sys/fs/cgroup/memory.current").strip()
    if limit.isdigit() and used.isdigit():
        cached = re.search(
            r"^inactive_file (\d+)", _text("/sys/fs/cgroup/memory.stat"), re.MULTILINE
        )
        amounts.append((int(limit) - int(used) + int(cached[1] if cached else 0)) / 2**20)
    return max(0.0, min(amounts, default=float("inf")))


def resident_mb(process: int | str, peak: bool = False) -> float:
    """Memory that a process holds (or held at most), 0 where the system does not tell."""
    field = "VmHWM" if peak else "VmRSS"
    found = re.search(rf"{field}:\s*(\d+) kB", _text(f"/proc/{process}/status"))
    return int(found[1]) / 1024 if found else 0.0


def _text(path: str) -> str:
    try:
        return Path(path).read_text("ascii", "replace")
    except OSError:
        return ""

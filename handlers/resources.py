"""What of the machine this process may use, which in a container is less than there is."""

import os
from pathlib import Path
from typing import Final

import psutil

#: Where a container sees its own control group (version 2); elsewhere it sets no limits there.
CGROUP: Final = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Count the cores that the scheduler and the container leave to this process, 1 or more."""
    # Not on every system can a process be bound to some of the cores.
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    cores = bound or os.cpu_count() or 1
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    return min(cores, max(1, int(quota) // int(period))) if quota.isdecimal() else cores


def usable_memory(cgroup: Path = CGROUP) -> int:
    """Return how many more bytes this process may use, the container's limit considered."""
    available = int(psutil.virtual_memory().available)
    limit = _read(cgroup / "memory.max")
    if not limit.isdecimal():
        return available
    statistics = dict(line.split() for line in _read(cgroup / "memory.stat").splitlines())
    # What is cached of files is given back on demand.
    used = int(_read(cgroup / "memory.current")) - int(statistics["inactive_file"])
    return max(0, min(available, int(limit) - used))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""

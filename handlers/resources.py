"""What of the machine this process may use, which in a container is less than there is.

Control groups, by which containers and batch systems set limits, exist in two versions: in the
second a process is in one group, in the first in one for each kind of resource.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

_FILE_SYSTEM: Final = Path("/")


def usable_cores(root: Path = _FILE_SYSTEM) -> int:
    """Count the cores that the scheduler and control groups leave to this process, 1 or more.

    Args:
        root: Where the system's ``proc`` and ``sys`` are.
    """
    # Not on every system can a process be bound to some of the cores.
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    limits = [bound or os.cpu_count() or 1]
    for group in _groups("cpu", root):
        quota, _, period = _read(group / "cpu.max").partition(" ")
        if not quota:
            quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
        if quota.isdecimal():  # neither "max" nor -1
            limits.append(max(1, int(quota) // int(period)))
    return min(limits)


def usable_memory(root: Path = _FILE_SYSTEM) -> int:
    """Return how many more bytes this process may use, the limits of control groups considered.

    Args:
        root: Where the system's ``proc`` and ``sys`` are.
    """
    limits = [int(psutil.virtual_memory().available)]
    for group in _groups("memory", root):
        limit = _read(group / "memory.max") or _read(group / "memory.limit_in_bytes")
        if limit.isdecimal():  # not "max"
            limits.append(max(0, int(limit) - _used_memory(group)))
    return min(limits)


def _used_memory(group: Path) -> int:
    used = _read(group / "memory.current") or _read(group / "memory.usage_in_bytes")
    lines = _read(group / "memory.stat").splitlines()
    statistics: dict[str, str] = dict(line.split() for line in lines)
    # What is cached of files is given back on demand. Only version 1 has a total apart.
    cached = statistics.get("total_inactive_file") or statistics.get("inactive_file", "0")
    return int(used) - int(cached)


def _groups(resource: str, root: Path) -> Iterator[Path]:
    """Yield the folders of the groups that the process is in for a resource, inner ones first."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, resources, path = line.split(":", 2)
        if not resources or resource in resources.split(","):
            top = root / "sys/fs/cgroup" / (resource if resources else "")
            group = top / path.lstrip("/")
            # A container may see its own group as the topmost one, and not what is above.
            yield from (group, *(part for part in group.parents if part.is_relative_to(top)))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""

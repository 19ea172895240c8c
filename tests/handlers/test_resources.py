"""What a container leaves to the process."""

import os
from pathlib import Path

import psutil
import pytest

from handlers.resources import usable_cores, usable_memory

ALL_MEMORY = 10**15


@pytest.fixture(autouse=True)
def large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(available=ALL_MEMORY)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def write(folder: Path, files: dict[str, object]) -> None:
    """Write files as the system has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n")


def write_memory(folder: Path, limit: object, used: int) -> None:
    """Describe a group of version 2, of whose used bytes 1000 are given back on demand."""
    statistics = "anon 5\ninactive_file 1000\nactive_file 7"
    write(folder, {"memory.max": limit, "memory.current": used, "memory.stat": statistics})


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8)],
)
def test_cores_of_a_container(tmp_path: Path, limit: str, cores: int) -> None:
    write(tmp_path / "proc/self", {"cgroup": "0::/"})
    write(tmp_path / "sys/fs/cgroup", {"cpu.max": limit})
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("300000", 3)])
@pytest.mark.parametrize("folder", ["cpu/docker/0a1b", "cpu"])
def test_cores_of_a_container_of_version_1(
    tmp_path: Path, folder: str, quota: str, cores: int
) -> None:
    groups = "4:memory:/docker/0a1b\n3:cpu,cpuacct:/docker/0a1b\n0::/x"
    write(tmp_path / "proc/self", {"cgroup": groups})
    files = {"cpu.cfs_quota_us": quota, "cpu.cfs_period_us": 100_000}
    write(tmp_path / "sys/fs/cgroup" / folder, files)
    assert usable_cores(tmp_path) == cores


def test_without_control_groups_everything_is_usable(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 8
    assert usable_memory(tmp_path) == ALL_MEMORY


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes can not be bound here")
def test_only_cores_that_the_process_is_bound_to_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        assert usable_cores(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, all_cores)


@pytest.mark.parametrize(
    ("limit", "used", "usable"),
    [("100000000", 300, 100_000_700), ("100000000", 200_000_000, 0), ("max", 300, ALL_MEMORY)],
)
def test_memory_of_a_container(tmp_path: Path, limit: str, used: int, usable: int) -> None:
    write(tmp_path / "proc/self", {"cgroup": "0::/"})
    write_memory(tmp_path / "sys/fs/cgroup", limit, used)
    assert usable_memory(tmp_path) == usable


def test_the_tightest_group_around_the_process_counts(tmp_path: Path) -> None:
    write(tmp_path / "proc/self", {"cgroup": "0::/slurm/job7"})
    write_memory(tmp_path / "sys/fs/cgroup/slurm/job7", "max", 5_000)
    write_memory(tmp_path / "sys/fs/cgroup/slurm", "90000", 51_000)
    assert usable_memory(tmp_path) == 40_000


def test_memory_of_a_container_of_version_1(tmp_path: Path) -> None:
    write(tmp_path / "proc/self", {"cgroup": "4:memory:/docker/0a1b"})
    files = {
        "memory.limit_in_bytes": 90_000,
        "memory.usage_in_bytes": 51_000,
        "memory.stat": "inactive_file 1\ntotal_inactive_file 1000",
    }
    write(tmp_path / "sys/fs/cgroup/memory", files)
    assert usable_memory(tmp_path) == 40_000


def test_a_system_that_does_not_tell_has_one_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores(tmp_path) == 1

"""What a container leaves to the process."""

import os
from pathlib import Path

import psutil
import pytest

from handlers.resources import usable_cores, usable_memory


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8)],
)
def test_cores_within_the_limit_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(limit + "\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes can not be bound here")
def test_only_cores_that_the_process_is_bound_to_count(tmp_path: Path) -> None:
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        assert usable_cores(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, all_cores)


def test_without_a_container_all_free_memory_is_usable(tmp_path: Path) -> None:
    free = psutil.virtual_memory().available
    assert usable_memory(tmp_path) == pytest.approx(free, rel=0.2)


@pytest.mark.parametrize(("used", "usable"), [(300, 100_000_700), (200_000_000, 0)])
def test_memory_within_the_limit_of_a_container(tmp_path: Path, used: int, usable: int) -> None:
    (tmp_path / "memory.max").write_text("100000000\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 1000\nactive_file 7\n")
    assert usable_memory(tmp_path) == usable


def test_no_limit_of_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert usable_memory(tmp_path) == pytest.approx(psutil.virtual_memory().available, rel=0.2)

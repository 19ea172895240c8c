import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datamodules import cache
from datamodules.cache import cached_pixels, let_go
from datamodules.errors import DatasetError
from datamodules.preprocess import network_input


@pytest.fixture
def paths(synthetic_root: Path, tmp_path: Path) -> list[str]:
    copy = tmp_path / "images"
    shutil.copytree(synthetic_root, copy)
    return sorted(str(path) for path in copy.glob("*/*.jpg"))


def test_pixels_are_the_decoded_files(paths: list[str], tmp_path: Path) -> None:
    pixels = cached_pixels(paths, tmp_path / "cache")
    assert pixels.shape == (105, 224, 224, 3)
    assert pixels.dtype == np.uint8
    for index in (0, 50, 104):
        assert np.array_equal(pixels[index], network_input(Path(paths[index]).read_bytes()).pixels)
    assert not pixels.flags.writeable


def test_second_call_decodes_nothing(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cached_pixels(paths, tmp_path / "cache")
    monkeypatch.setattr(cache, "network_input", None)
    assert np.array_equal(cached_pixels(paths, tmp_path / "cache"), first)


def test_changed_content_is_noticed_whatever_its_date(paths: list[str], tmp_path: Path) -> None:
    before = cached_pixels(paths, tmp_path / "cache")[0].copy()
    stat = Path(paths[0]).stat()
    shutil.copyfile(paths[-1], paths[0])
    os.utime(paths[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = cached_pixels(paths, tmp_path / "cache")
    assert not np.array_equal(after[0], before)
    assert np.array_equal(after[0], after[-1])


def test_new_preprocessing_gets_a_new_cache(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached_pixels(paths, tmp_path / "cache")
    monkeypatch.setattr(cache, "PREPROCESS_VERSION", 99)
    cached_pixels(paths, tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2


def test_two_processes_share_one_build(paths: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        sums = pool.starmap(_sum, [(paths, folder)] * 2)
    assert sums[0] == sums[1] == _sum(paths, folder)
    assert len(list(folder.glob("*.npy"))) == 1
    assert not list(folder.glob("*.partial"))


def test_killed_build_is_started_anew(paths: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    many = paths * 20
    command = (
        "from pathlib import Path; from datamodules.cache import cached_pixels; "
        f"paths = sorted(map(str, Path({str(tmp_path)!r}).glob('images/*/*.jpg'))); "
        f"cached_pixels(paths * 20, Path({str(folder)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", command])
    while not list(folder.glob("*.partial")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(folder.glob("*.npy"))
    assert _sum(many, folder) == 20 * _sum(paths, folder)
    assert not list(folder.glob("*.partial"))


def test_full_disk_is_told_before_it_is_full(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(DatasetError, match=r"--data\.cache_dir"):
        cached_pixels(paths, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.npy"))


def test_damaged_image_is_named(paths: list[str], tmp_path: Path) -> None:
    Path(paths[3]).write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=Path(paths[3]).name):
        cached_pixels(paths, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.npy"))


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is Linux's")
def test_what_was_let_go_is_no_memory_of_ours(paths: list[str], tmp_path: Path) -> None:
    pixels = cached_pixels(paths, tmp_path / "cache")
    before = _file_memory()
    total = int(pixels.sum(dtype=np.int64))
    assert _file_memory() - before > 0.9 * pixels.nbytes
    let_go(pixels)
    assert _file_memory() - before < 0.1 * pixels.nbytes
    assert pixels.sum(dtype=np.int64) == total


def _file_memory() -> int:
    """Return the bytes of files that are mapped into this process's memory."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssFile")) * 1024


def _sum(paths: list[str], folder: Path) -> int:
    return int(cached_pixels(paths, folder).sum(dtype=np.int64))

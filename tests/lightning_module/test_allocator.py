import platform
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

_COUNT_FAULTS = """
import resource, torch
from lightning_module.allocator import keep_freed_memory
{call}
def allocate():
    for _ in range(20):
        torch.ones(16_000_000)
allocate()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
allocate()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(call: str) -> int:
    command = [sys.executable, "-c", _COUNT_FAULTS.format(call=call)]
    return int(subprocess.check_output(command, cwd=REPOSITORY, text=True))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there is nothing to tell others")
def test_large_blocks_are_not_cleared_again() -> None:
    # 64 MB, 20 times: without it, the system hands over each page anew.
    assert faults("keep_freed_memory()") < faults("") / 20


_COUNT_WITHOUT_TORCH = """
import ctypes, resource
from lightning_module.allocator import keep_freed_memory
keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def allocate():
    blocks = [ctypes.c_void_p(libc.malloc(64_000_000)) for _ in range(20)]
    for block in blocks:
        libc.memset(block, 1, ctypes.c_size_t(64_000_000))
    for block in blocks:
        libc.free(block)
allocate()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
allocate()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there is nothing to tell others")
def test_nothing_is_handed_back_however_much_is_freed_together() -> None:
    # 1.3 GB in blocks of the C library's own, so that none of torch's lies above them.
    command = [sys.executable, "-c", _COUNT_WITHOUT_TORCH]
    faults = int(subprocess.check_output(command, cwd=REPOSITORY, text=True))
    assert faults < 20 * 64_000_000 / 4096 / 20

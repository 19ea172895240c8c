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

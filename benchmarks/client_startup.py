"""How long it takes from the command to the first picture of the desktop client.

    xvfb-run -a python -m benchmarks.client_startup [--rounds 11]

Beside it stand an empty ``tkinter`` window and the import of ``tkinter`` alone: what no client
written in Python for this toolkit can do without. Every start is a new process with warm file
caches; the figures are medians, and the ratios depend less on the machine than the seconds do.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Final

_LIMIT: Final = 1.5
_IMPORT: Final = "import tkinter"
_EMPTY: Final = "import tkinter; w = tkinter.Tk(); w.wait_visibility(); w.update()"
#: What ``gui.app.main`` does before its event loop; no server needs to be there.
_CLIENT: Final = (
    "from pathlib import Path; from gui.app import Application; "
    "w = Application(Path('settings')).window; w.wait_visibility(); w.update()"
)


def main(args: Sequence[str] | None = None) -> int:
    """Measure and print a table; return 1 if the client takes longer than it may."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args(args).rounds
    programs = {"import tkinter": _IMPORT, "an empty window": _EMPTY, "the client": _CLIENT}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(1 + rounds):
        # In turn, so that whatever else the machine does falls on all alike.
        for name, program in programs.items():
            seconds[name].append(_seconds_until_shown(program))
    # The first round has warmed the caches.
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    client = medians["the client"]
    print("| from the command to | seconds | the client takes |\n|---|---|---|")
    for name, median in medians.items():
        print(f"| {name} | {median:.3f} | {client / median:.1f} times as long |")
    if client > _LIMIT:
        print(f"The client takes longer than {_LIMIT} s.", file=sys.stderr)
        return 1
    return 0


def _seconds_until_shown(program: str) -> float:
    # It must not end in an orderly way: that would be measured too.
    command = [sys.executable, "-c", f"{program}; print(flush=True); import os; os._exit(0)"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=folder, env=environment, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            shown = process.stdout.readline() != b""
            seconds = time.perf_counter() - start
    if not shown:
        sys.exit("A window could not be opened; run this in a graphical session or with xvfb-run.")
    return seconds


if __name__ == "__main__":
    sys.exit(main())

"""Runs a command and lets none of its processes outlive the server that started it.

    python -I watchdog.py FOLDER COMMAND...

Standard input is a pipe that only the server holds. It closes when the server ends in whatever
way, SIGKILL included, and then FOLDER is removed and the whole process group killed. SIGTERM to
the group ends the command but not the watchdog, which goes on until the group is killed: the server
could end before the others have. Standard library only; it is run as a script of its own.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path


def main(folder: str, *command: str) -> int:
    """Run the command; return its exit status.

    Args:
        folder: What to remove if the server is gone.
        command: What to run, in this process group, of which this process is the leader.
    """
    # A handler, since the command would inherit SIG_IGN.
    signal.signal(signal.SIGTERM, lambda *_: None)
    follower = threading.Thread(target=_follow_the_server, args=[folder], daemon=True)
    follower.start()
    status = subprocess.call(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the server's own
    if status == -signal.SIGTERM:
        follower.join()
    return status


def _follow_the_server(folder: str) -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written; it returns when the pipe closes
    with suppress(OSError):  # such as that it is gone
        # What still runs could write into it while it is emptied, but finds no renamed one.
        shutil.rmtree(Path(folder).rename(f"{folder}-left"), ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

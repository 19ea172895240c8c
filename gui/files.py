"""Tells folders, and writes files so that a failure leaves the old one as it was."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from gui.errors import SaveError


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder; of what may not be looked at, say that it is none."""
    return os.path.isdir(path)  # noqa: PTH112 - until Python 3.14, Path.is_dir() raises there


def write_file(path: Path, data: bytes, is_private: bool = False) -> None:
    """Write a file as a whole, or not at all.

    Args:
        path: Its folder must exist.
        data: The content.
        is_private: Whether only the present user may read it.

    Raises:
        SaveError: If the file can not be written.
    """
    temporary: Path | None = None
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        # mkstemp's files are private from the start.
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".saving-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if not is_private:
            temporary.chmod(_mode(target))
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):  # its drive may be gone
                temporary.chmod(0o600)  # Windows removes nothing that is read-only
                temporary.unlink()
        raise SaveError(f"'{path}': {error.strerror or error}.") from error


def _mode(path: Path) -> int:
    """Return the permissions of a file, or those of a new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

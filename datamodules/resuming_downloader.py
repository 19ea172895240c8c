"""Downloads one large file over a connection that may break.

Pooch checks and places files, but starts a broken download anew; this does not.
"""

import shutil
import time
from pathlib import Path
from typing import Final

import requests
from tqdm import tqdm

from datamodules.errors import DatasetError

#: Also what is lost at most when the connection breaks.
_CHUNK_BYTES: Final = 1 << 16
_TIMEOUT_S: Final = 30
#: Tries in a row that bring nothing new before giving up.
_TRIES: Final = 5
_FIRST_PAUSE_S: Final = 1.0


class ResumingDownloader:
    """A downloader for Pooch that goes on where an earlier try, or an earlier run, stopped."""

    def __init__(self, partial: Path, room_factor: float = 1.0) -> None:
        """Choose where the unfinished file is kept.

        Args:
            partial: The unfinished file; stays after a failure, for the next run.
            room_factor: Free disk space that must be there beyond the rest of the download, as a
                multiple of the whole file: 1 for an archive that is unpacked beside itself.
        """
        self.partial = partial
        self.room_factor = room_factor

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download ``url`` to ``output_file``; Pooch calls this.

        Raises:
            DatasetError: If the server can not be reached or refuses, the connection keeps
                breaking, or the disk is too small.
        """
        failures = 0
        while True:
            before = self._bytes_there()
            try:
                self._fetch_rest(url)
            except _Retry as problem:
                failures = 0 if self._bytes_there() > before else failures + 1
                if failures == _TRIES:
                    raise DatasetError(f"{problem} Run the same command to go on.") from problem
                time.sleep(_FIRST_PAUSE_S * 2**failures)
            except OSError as error:
                raise DatasetError(f"{self.partial} can not be written: {error}") from error
            else:
                shutil.move(self.partial, output_file)
                return

    def _bytes_there(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _fetch_rest(self, url: str) -> None:
        """Append what is missing; return only if the file is then complete."""
        start = self._bytes_there()
        headers = {"Range": f"bytes={start}-"} if start else {}
        # Compressed on the way, the length would not be the file's.
        headers["Accept-Encoding"] = "identity"
        try:
            with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
                if response.status_code == requests.codes.requested_range_not_satisfiable:
                    self.partial.unlink()
                    raise _Retry(f"{url} has become shorter than what was downloaded of it.")
                self._check_status(response, url)
                if response.status_code != requests.codes.partial_content:
                    start = 0  # the server sends the file from its beginning
                self._append(response, start)
        except requests.RequestException as error:
            raise _Retry(f"The connection to {url} failed ({_reason(error)}).") from error

    def _check_status(self, response: requests.Response, url: str) -> None:
        if response.status_code >= requests.codes.internal_server_error:
            raise _Retry(f"{url} answers {response.status_code} {response.reason}.")
        if not response.ok:
            raise DatasetError(
                f"{url} answers {response.status_code} {response.reason}: the file is not to be "
                "had there (any more)."
            )

    def _append(self, response: requests.Response, start: int) -> None:
        length = response.headers.get("Content-Length")
        size = None if length is None else start + int(length)
        if size is not None:
            self._check_room(size, start)
        with (
            self.partial.open("r+b" if self.partial.exists() else "wb") as file,
            tqdm(
                total=size,
                initial=start,
                desc=self.partial.stem,
                unit="B",
                unit_scale=True,
                delay=1,
            ) as progress,
        ):
            file.truncate(start)
            file.seek(start)
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                progress.update(len(chunk))
        if size is not None and self._bytes_there() != size:
            raise _Retry(f"{response.url} sent {self._bytes_there()} of {size} bytes.")

    def _check_room(self, size: int, start: int) -> None:
        needed = size - start + self.room_factor * size
        free = shutil.disk_usage(self.partial.parent).free
        if free < needed:
            raise DatasetError(
                f"{self.partial.stem} needs {needed / 1e9:.1f} GB, but {self.partial.parent} has "
                f"{free / 1e9:.1f} GB free. Make room, or name another folder."
            )


class _Retry(Exception):
    """A failure that another try may get over."""


def _reason(error: requests.RequestException) -> str:
    """Find the few words at the core of an error that wraps others."""
    core: BaseException = error
    while core.__cause__ or core.__context__:
        core = core.__cause__ or core.__context__ or core
    return str(core) or type(core).__name__

"""One line of JSON for each request: what happened, and nothing of the image or its sender."""

import json
import logging
import re
import sys
import uuid
from datetime import UTC, datetime
from typing import Final

REQUEST_ID_HEADER: Final = "X-Request-ID"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

logger: Final = logging.getLogger("skin_lesion")


def request_id(sent: str | None) -> str:
    """Return the identifier of a request: the client's own if it is harmless, else a new one."""
    return sent if sent and _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON, with the fields of its ``extra={"fields": ...}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


class _WithoutDetails(logging.Filter):
    """Leaves only the kind of error of what aiohttp itself reports.

    Of a request that is no HTTP, aiohttp reports its sender and the line that it can not read, with
    whatever name or token that holds.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Strip the record; every record passes."""
        kind = record.exc_info[0] if record.exc_info else None
        record.fields = {"reason": kind.__name__ if kind else "unknown"}
        record.msg, record.args, record.exc_info = "request failed", None, None
        return True


def start_logging() -> None:
    """Write the log to standard error from now on."""
    _write_to_stderr(logger)
    logger.setLevel(logging.INFO)
    _write_to_stderr(logging.getLogger("aiohttp"), _WithoutDetails())


def _write_to_stderr(source: logging.Logger, *filters: logging.Filter) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for one in filters:
        handler.addFilter(one)
    source.handlers = [handler]
    source.propagate = False

"""What went wrong, as values to show."""

import logging
from dataclasses import dataclass
from typing import Final

from gui.errors import (
    ConnectionLostError,
    NotReadyError,
    ProxyFailedError,
    UnreachableError,
    UserError,
)

_LOG: Final = logging.getLogger(__name__)

#: They pass by themselves as soon as the server is back.
SERVER_IS_AWAY: Final = (UnreachableError, ProxyFailedError, ConnectionLostError, NotReadyError)


@dataclass(frozen=True)
class Problem:
    """Something to tell the user.

    Attributes:
        title: What went wrong, in a few words.
        message: Where, and what to do about it.
        server_is_away: Whether it will be over as soon as the server is back.
    """

    title: str
    message: str
    server_is_away: bool = False


def problem_from(error: BaseException) -> Problem:
    """Describe an error; one that is not meant for users is logged as a defect."""
    if isinstance(error, UserError):
        return Problem(error.title, error.message, isinstance(error, SERVER_IS_AWAY))
    _LOG.error("Unexpected failure", exc_info=error)
    return Problem(
        "Something unexpected went wrong",
        f"This is a defect of the program ({type(error).__name__}); your file is unchanged. "
        "Retry, and report it if it happens again.",
    )

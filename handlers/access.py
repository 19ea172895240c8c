"""Who may use the gateway."""

import hmac
import os
from pathlib import Path
from typing import Final

from handlers.refusal import Refusal
from handlers.schema import ErrorCode

TOKEN_VARIABLE: Final = "SKIN_LESION_TOKEN"  # noqa: S105 - the name of a variable
_SCHEME: Final = "bearer"


class TokenError(RuntimeError):
    """A token that can not be read or is no token."""


def configured_token(file: Path | None) -> str | None:
    """Return the token that clients must send, from a file or from the environment.

    Args:
        file: A file with the token alone; the environment variable otherwise.

    Returns:
        The token, or ``None`` if everybody may use the gateway.

    Raises:
        TokenError: If the file can not be read, or the token is too weak to be one.
    """
    if file is None:
        source, token = TOKEN_VARIABLE, os.environ.get(TOKEN_VARIABLE)
        if token is None:
            return None
    else:
        try:
            source, token = str(file), file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError(f"The token file {file} can not be read: {error}.") from error
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenError(
            f"{source} holds no usable token; put at least 16 letters and digits there, for "
            "example from 'openssl rand -hex 32'."
        )
    return token


def check_token(token: str | None, authorization: str) -> None:
    """Check the token that a request carries.

    Args:
        token: The right one; ``None`` if none is needed.
        authorization: The request's ``Authorization`` header.

    Raises:
        Refusal: If it does not carry the right one.
    """
    if token is None:
        return
    scheme, _, credentials = authorization.partition(" ")
    # As aiohttp has decoded it; a header may hold any bytes.
    sent = credentials.strip().encode(errors="surrogateescape")
    if scheme.lower() != _SCHEME or not hmac.compare_digest(sent, token.encode()):
        raise Refusal(
            ErrorCode.UNAUTHORIZED,
            "This server asks for a token; send it as 'Authorization: Bearer <token>'.",
        )

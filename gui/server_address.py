"""Where the analysis server is and how to talk to it."""

import ipaddress
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from gui.errors import TokenError

DEFAULT_URL: Final = "http://127.0.0.1:5000"

#: ``gateway`` is this project's REST API, ``torchserve`` TorchServe's own.
ServerKind = Literal["gateway", "torchserve"]
Seconds = Annotated[float, Field(gt=0, le=600)]


class ServerAddress(BaseModel):
    """Where the analysis server is and how to talk to it.

    Attributes:
        url: Without a slash at the end.
        kind: Which of the two APIs answers there.
        connect_timeout: Seconds to wait for a connection.
        answer_timeout: Seconds to wait for the next bytes of an answer.
    """

    model_config = ConfigDict(frozen=True)

    url: str = DEFAULT_URL
    kind: ServerKind = "gateway"
    connect_timeout: Seconds = 3.0
    answer_timeout: Seconds = 30.0

    @property
    def shown(self) -> str:
        """The address as everybody may read it, without a password in it."""
        return without_password(self.url)

    @property
    def is_loopback(self) -> bool:
        """Whether the server is this computer."""
        try:
            host = urlsplit(self.url).hostname or ""
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def is_eavesdroppable(self) -> bool:
        """Whether images and token travel over a network without encryption."""
        return not self.is_loopback and not self.url.lower().startswith("https://")


def without_password(url: str) -> str:
    """Leave user name and password out of an address."""
    head, separator, rest = url.partition("://")
    if not separator:
        head, rest = "", url
    return f"{head}{separator}{rest.rpartition('@')[2]}"


def check_token(token: str) -> str:
    """Return an access token as it is, if HTTP can carry it.

    Raises:
        TokenError: If it has other characters than the printable ones of ASCII.
    """
    if not (token.isascii() and token.isprintable()):
        raise TokenError
    return token

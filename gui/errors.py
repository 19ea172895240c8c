"""Everything that can go wrong for the user, each with a title and a remedy to show.

The view-model shows these as they are; any other exception is a defect of the program.
"""

from typing import ClassVar


class UserError(Exception):
    """Something that a person can understand and mend.

    Attributes:
        title: What went wrong, in a few words.
        message: Where, and what to do about it.
    """

    title: ClassVar[str]
    remedy: ClassVar[str] = ""

    def __init__(self, detail: str = "") -> None:
        self.message = " ".join(part for part in (detail, self.remedy) if part)
        super().__init__(f"{self.title}: {self.message}")


class ImageFileError(UserError):
    """A file that can not be opened as an image."""

    title = "This file can not be opened"


class ImageChangedError(UserError):
    """A file that is no longer the one that was analysed."""

    title = "This is not the image that was analysed"
    remedy = "Analyse it again, then save the report."


class SaveError(UserError):
    """A file that can not be written."""

    title = "This could not be saved"
    remedy = "Choose another folder, or check that there is room and that you may write there."


class SettingError(UserError):
    """A setting that makes no sense."""

    title = "This setting can not be used"
    remedy = "Correct it, then try again."


class LabelError(UserError):
    """A label that a report can not show."""

    title = "This label can not be printed"
    remedy = "Use letters, digits and the signs of Western European languages."


class LocalServerError(UserError):
    """The server on this computer can not be started, or has ended by itself."""

    title = "The local server does not run"
    remedy = "Start it in a terminal with 'skin-lesion-serve' to see more."


class ClientError(UserError):
    """A request that brought no usable answer."""


class BadAddressError(ClientError):
    """The server's address is no HTTP URL."""

    title = "The server's address is not valid"
    remedy = "It should look like http://127.0.0.1:5000."


class TokenError(ClientError):
    """An access token that HTTP can not carry."""

    title = "This access token can not be used"
    remedy = (
        "It may only have letters without accents, digits and the usual signs, all of them "
        "printable ASCII. Copy it once more from where you got it."
    )


class UnreachableError(ClientError):
    """Nothing accepts connections at the address."""

    title = "The analysis server can not be reached"
    remedy = (
        "Start it with 'skin-lesion-serve' or check the address in Server > Settings. "
        "The client goes on by itself as soon as the server is there."
    )


class ProxyFailedError(ClientError):
    """A proxy that is not there, or lets nothing through; status 407 if it wants a password."""

    title = "The proxy gives no access to the server"
    remedy = (
        "Check this computer's proxy settings (HTTP_PROXY, HTTPS_PROXY and ALL_PROXY); NO_PROXY "
        "names the servers that are asked without one."
    )


class EncryptionError(ClientError):
    """A certificate that is not trusted or has expired, or a server without https."""

    title = "There is no secure connection to the server"
    remedy = (
        "A server without https needs http:// in its address (Server > Settings); a certificate "
        "that is not trusted here must be renewed by whoever runs the server."
    )


class ConnectionLostError(ClientError):
    """The connection broke before the answer was complete; status 502 if it was that of a proxy."""

    title = "The connection to the server broke off"
    remedy = "The server may have been stopped or restarted. Retry in a moment."


class ServerTimeoutError(ClientError):
    """No answer came in time."""

    title = "The server took too long to answer"
    remedy = "It may be overloaded or still starting. Retry in a moment."


class BadRequestError(ClientError):
    """Status 400, or another status of 4xx without a class of its own."""

    title = "The server did not accept the request"
    remedy = "Try another image; if it happens again, client and server may not fit together."


class AccessDeniedError(ClientError):
    """Status 403."""

    title = "The server denied access"
    remedy = (
        "Check the address and the access token in Server > Settings. "
        "On macOS, AirPlay Receiver also uses port 5000."
    )


class TokenRefusedError(AccessDeniedError):
    """Status 401."""

    title = "The server wants another access token"
    remedy = "The token is missing or wrong. Enter the right one in Server > Settings."


class NotFoundError(ClientError):
    """Status 404."""

    title = "There is no analysis service at this address"
    remedy = "Another program may be using this port; check the server's address."


class ImageTooLargeError(ClientError):
    """Status 413."""

    title = "The image is too large for the server"
    remedy = "Save it with fewer pixels or as JPEG, and open that copy."


class UnsupportedImageError(ClientError):
    """Status 415."""

    title = "The server can not read this image"
    remedy = "Save it again as JPEG or PNG, and open that copy."


class BusyError(ClientError):
    """Status 429: more requests than the server can take.

    Attributes:
        retry_after: Seconds after which it may be asked again.
    """

    title = "The server is busy"
    remedy = "Wait a few seconds, then retry."
    retry_after: int = 3


class NotReadyError(ClientError):
    """Status 503: the model is not loaded."""

    title = "The server is not ready"
    remedy = "The model is still loading or being restarted. Retry in about half a minute."


class OutOfResourcesError(ClientError):
    """Status 507."""

    title = "The server has run out of memory or storage"
    remedy = "Free some on the server's machine, or restart the server, then retry."


class ServerFailedError(ClientError):
    """Any other status of 5xx."""

    title = "The server failed while analysing"
    remedy = "Retry; if it happens again, look into the server's log."


class NotJsonError(ClientError):
    """An answer that is not JSON."""

    title = "The answer could not be understood"
    remedy = "The address seems to belong to another program; check it."


class UnexpectedAnswerError(ClientError):
    """JSON that is no answer of the analysis server."""

    title = "The answer is not that of an analysis server"
    remedy = "Check the address, and that client and server have the same version."


class NoExplanationError(ClientError):
    """An explanation whose picture can not be read."""

    title = "The explanation can not be shown"
    remedy = "Check that client and server have the same version."


class ModelChangedError(ClientError):
    """An explanation of what another network would say."""

    title = "Another model answers by now"
    remedy = "Its explanation does not belong to this result. Analyse the image again (F5)."


class UnknownSchemaVersionError(ClientError):
    """An answer in a version of the wire format that this client does not know."""

    title = "The server speaks another version"
    remedy = "Install the client and the server from the same release."

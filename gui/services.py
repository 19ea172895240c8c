"""What the views work with."""

from dataclasses import dataclass

from gui.batch import BatchModel
from gui.connection import ServerConnection
from gui.executor import Executor
from gui.preferences import Preferences
from gui.token_store import TokenStore
from gui.viewmodel import ViewModel


@dataclass(frozen=True)
class Services:
    """The view-models and what keeps things.

    Attributes:
        images: The session's images.
        batch: The batch.
        connection: The server.
        preferences: The settings.
        tokens: The access tokens.
        executor: Runs slow work of the views, such as writing a report.
    """

    images: ViewModel
    batch: BatchModel
    connection: ServerConnection
    preferences: Preferences
    tokens: TokenStore
    executor: Executor

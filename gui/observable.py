"""A state that tells its listeners when it changes."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Observable(Generic[Value]):
    """Base of everything that views draw from.

    Attributes:
        state: The present state; a new value replaces it, and it never changes in place.
    """

    def __init__(self, state: Value) -> None:
        self.state = state
        self._listeners: list[Callable[[Value], None]] = []

    def subscribe(self, listener: Callable[[Value], None]) -> None:
        """Call ``listener`` now and after every change of the state."""
        self._listeners.append(listener)
        listener(self.state)

    def _set(self, state: Value) -> None:
        if state == self.state:
            return
        self.state = state
        for listener in self._listeners:
            listener(state)

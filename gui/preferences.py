"""What the client remembers from one start to the next."""

import logging
from pathlib import Path
from typing import Annotated, Final, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gui.errors import SaveError
from gui.files import write_file
from gui.observable import Observable
from gui.server_address import ServerAddress

_LOG: Final = logging.getLogger(__name__)

APPLICATION: Final = "skin-lesion-screening"
_FILE: Final = "settings.json"
FONT_PERCENTS: Final = (80, 100, 125, 150, 175, 200)
_MAX_RECENT: Final = 8


class Settings(BaseModel):
    """What can be set.

    Attributes:
        server: The analysis server.
        mode: Light or dark.
        font_percent: Size of all texts.
        remember_recent: Whether ``recent`` is written to disk; file names may tell of patients.
        recent: Images opened last, the latest first.
    """

    model_config = ConfigDict(frozen=True)

    server: ServerAddress = ServerAddress()
    mode: Literal["light", "dark"] = "light"
    font_percent: Annotated[int, Field(ge=80, le=200)] = 100
    remember_recent: bool = False
    recent: tuple[Path, ...] = ()


class Preferences(Observable[Settings]):
    """Keeps the settings in a file that only the user can read."""

    def __init__(self, folder: Path) -> None:
        """Read the settings; a missing or damaged file gives the defaults.

        Args:
            folder: Where the file is; made when something is saved.
        """
        self._path = folder / _FILE
        self._is_damaged = False
        super().__init__(self._read())
        self._saved_server = self.state.server

    def change(self, **changes: object) -> None:
        """Change some of the settings and save them all.

        A server that is only used for now is not saved, unless the changes make it another.

        Raises:
            SaveError: If they can not be saved; they hold until the client closes all the same.
        """
        before = self.state.server
        self._set(self.state.model_copy(update=changes))
        if self.state.server != before:
            self._saved_server = self.state.server
        self._save()

    def use_for_now(self, server: ServerAddress) -> None:
        """Use a server until the client closes, without saving it."""
        self._set(self.state.model_copy(update={"server": server}))

    def scale_font(self, step: int) -> None:
        """Go to the next larger font size (1), to the next smaller (-1), or back to 100% (0)."""
        if step == 0:
            self.change(font_percent=100)
            return
        present = self.state.font_percent
        beyond = [size for size in FONT_PERCENTS if (size - present) * step > 0]
        if beyond:
            self.change(font_percent=min(beyond, key=lambda size: abs(size - present)))

    def remember(self, path: Path) -> None:
        """Put a file at the top of the recent ones."""
        others = (other for other in self.state.recent if other != path)
        recent = (path, *others)[:_MAX_RECENT]
        self._set(self.state.model_copy(update={"recent": recent}))
        if self.state.remember_recent:
            try:
                self._save()
            except SaveError as error:
                _LOG.warning("%s", error)

    def forget_recent(self) -> None:
        """Forget the recent files, those on disk as well.

        Raises:
            SaveError: If they can not be removed from the disk.
        """
        self._set(self.state.model_copy(update={"recent": ()}))
        if self.state.remember_recent:
            self._save()

    def _read(self) -> Settings:
        try:
            return Settings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Settings()
        except (OSError, ValidationError) as error:
            self._is_damaged = True
            _LOG.warning("'%s' can not be read; the defaults are used: %s", self._path, error)
            return Settings()

    def _save(self) -> None:
        recent = filter(_is_text, self.state.recent if self.state.remember_recent else ())
        kept = self.state.model_copy(update={"server": self._saved_server, "recent": tuple(recent)})
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_damaged:
                self._path.replace(self._path.with_suffix(".damaged"))
                self._is_damaged = False
        except OSError as error:
            raise SaveError(f"'{self._path}': {error.strerror or error}.") from error
        write_file(self._path, kept.model_dump_json(indent=2).encode(), is_private=True)


def _is_text(path: Path) -> bool:
    # Linux takes any bytes for a name; JSON does not.
    return not any("\ud800" <= letter <= "\udfff" for letter in str(path))


def default_folder() -> Path:
    """Return where the system wants a user's settings."""
    return platformdirs.user_config_path(APPLICATION, appauthor=False)

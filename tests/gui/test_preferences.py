"""Settings and tokens on disk: private, and never lost."""

import json
import stat
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from gui.errors import SaveError
from gui.preferences import Preferences, Settings
from gui.server_address import ServerAddress
from gui.token_store import TokenStore

URL = "https://skin.example:5000"


class MemoryKeyring(KeyringBackend):
    """A keyring that works."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


class BrokenKeyring(MemoryKeyring):
    """A keyring that promises much."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringError("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringError("locked")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringError("locked")


class PlainKeyring(MemoryKeyring):
    """A keyring that does not protect what it keeps."""

    priority = 0.5


@pytest.fixture
def memory() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture(autouse=True)
def _no_real_keyring(monkeypatch: pytest.MonkeyPatch, memory: MemoryKeyring) -> None:
    use(monkeypatch, memory)


def use(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_written_before_something_is_set(tmp_path: Path) -> None:
    folder = tmp_path / "settings"

    preferences = Preferences(folder)
    preferences.remember(tmp_path / "lesion.jpg")
    preferences.use_for_now(ServerAddress(url=URL))

    assert not folder.exists()


def test_settings_survive_in_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    server = ServerAddress(url=URL, kind="torchserve", connect_timeout=1, answer_timeout=9)

    Preferences(folder).change(server=server, mode="dark", font_percent=150)

    assert Preferences(folder).state == Settings(server=server, mode="dark", font_percent=150)
    assert mode(folder) == 0o700
    assert [mode(file) for file in folder.iterdir()] == [0o600]


def test_a_server_for_now_is_not_saved_with_other_changes(tmp_path: Path) -> None:
    usual = ServerAddress(url="http://usual:5000")
    Preferences(tmp_path).change(server=usual, remember_recent=True)
    preferences = Preferences(tmp_path)

    preferences.use_for_now(ServerAddress(url=URL))
    preferences.change(server=ServerAddress(url=URL), mode="dark")
    preferences.remember(tmp_path / "lesion.jpg")

    assert preferences.state.server.url == URL
    assert Preferences(tmp_path).state.server == usual
    assert Preferences(tmp_path).state.mode == "dark"


def test_a_server_that_the_user_enters_is_saved(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.use_for_now(ServerAddress(url="http://for-now:5000"))

    preferences.change(server=ServerAddress(url=URL))
    preferences.change(mode="dark")

    assert Preferences(tmp_path).state.server.url == URL


def test_recent_files_are_forgotten_on_disk_as_well(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.change(remember_recent=True)
    preferences.remember(tmp_path / "jane doe.jpg")
    assert "jane" in (tmp_path / "settings.json").read_text()

    preferences.forget_recent()

    assert preferences.state.recent == ()
    assert "jane" not in (tmp_path / "settings.json").read_text()


def test_names_of_files_are_written_only_when_asked(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.remember(tmp_path / "jane doe.jpg")
    preferences.change(mode="dark")
    assert "jane" not in (tmp_path / "settings.json").read_text()

    preferences.change(remember_recent=True)
    assert Preferences(tmp_path).state.recent == (tmp_path / "jane doe.jpg",)


def test_recent_files_are_few_and_each_once(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    for number in [*range(20), 15]:
        preferences.remember(Path(f"{number}.jpg"))

    names = [path.stem for path in preferences.state.recent]
    assert names == ["15", "19", "18", "17", "16", "14", "13", "12"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"font_percent": 9000}', "\x00\xff"])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content)

    preferences = Preferences(tmp_path)
    assert preferences.state == Settings()
    assert (tmp_path / "settings.json").read_text() == content

    preferences.change(mode="dark")
    assert (tmp_path / "settings.damaged").read_text() == content
    assert Preferences(tmp_path).state.mode == "dark"


def test_settings_that_can_not_be_saved_hold_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    preferences = Preferences(tmp_path / "file" / "settings")

    with pytest.raises(SaveError, match="file"):
        preferences.change(mode="dark")

    assert preferences.state.mode == "dark"


@pytest.mark.parametrize(
    ("start", "step", "expected"),
    [(100, 1, 125), (100, -1, 80), (200, 1, 200), (80, -1, 80), (175, 0, 100), (110, 1, 125)],
)
def test_font_sizes_step_within_their_range(
    tmp_path: Path, start: int, step: int, expected: int
) -> None:
    preferences = Preferences(tmp_path)
    preferences.change(font_percent=start)

    preferences.scale_font(step)

    assert preferences.state.font_percent == expected


def test_a_token_goes_into_the_keyring(tmp_path: Path, memory: MemoryKeyring) -> None:
    assert TokenStore(tmp_path).write(URL, "secret") == "keyring"

    assert TokenStore(tmp_path).read(URL) == "secret"
    assert list(memory.kept.values()) == ["secret"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("backend", [BrokenKeyring, PlainKeyring, keyring.backends.fail.Keyring])
def test_without_a_working_keyring_it_goes_into_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]
) -> None:
    use(monkeypatch, backend())
    folder = tmp_path / "settings"

    assert TokenStore(folder).write(URL, "secret") == "file"

    assert TokenStore(folder).read(URL) == "secret"
    assert (mode(folder), mode(folder / "tokens.json")) == (0o700, 0o600)


def test_a_name_that_is_no_text_is_not_written(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.change(remember_recent=True)
    for name in ("lesion.jpg", "l\udce9sion.jpg"):
        preferences.remember(tmp_path / name)
    assert Preferences(tmp_path).state.recent == (tmp_path / "lesion.jpg",)


@pytest.mark.parametrize("content", ["{", "[1]", "7"])
def test_a_damaged_file_of_tokens_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    use(monkeypatch, BrokenKeyring())
    (tmp_path / "tokens.json").write_text(content)
    assert TokenStore(tmp_path).read(URL) == ""
    TokenStore(tmp_path).write(URL, "secret")
    assert TokenStore(tmp_path).read(URL) == "secret"


def test_no_other_server_gets_the_token(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.write(URL, "secret")

    assert store.read("https://other.example:5000") == ""


def test_a_token_can_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: MemoryKeyring
) -> None:
    use(monkeypatch, BrokenKeyring())
    TokenStore(tmp_path).write(URL, "old")
    use(monkeypatch, memory)
    TokenStore(tmp_path).write(URL, "new")
    assert json.loads((tmp_path / "tokens.json").read_bytes()) == {}, "it has moved"

    assert TokenStore(tmp_path).write(URL, "") == ""

    assert TokenStore(tmp_path).read(URL) == ""


@pytest.mark.parametrize("token", ["new", ""])
def test_a_keyring_that_was_locked_does_not_bring_an_old_token_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: MemoryKeyring, token: str
) -> None:
    TokenStore(tmp_path).write(URL, "old")
    use(monkeypatch, BrokenKeyring())
    TokenStore(tmp_path).write(URL, token)

    use(monkeypatch, memory)

    assert TokenStore(tmp_path).read(URL) == token


def test_a_token_that_is_written_while_the_old_one_is_read_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TokenStore(tmp_path)
    writer = threading.Thread(target=store.write, args=(URL, "new"))

    class SlowKeyring(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            writer.start()
            writer.join(0.2)  # it ends only after this question
            return "old"

    use(monkeypatch, SlowKeyring())
    store.read(URL)
    writer.join()

    assert store.read(URL) == "new"


def test_a_locked_keyring_asks_the_user_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TokenStore(tmp_path)
    asked: list[str] = []
    dismissed = threading.Event()

    class PromptingKeyring(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            asked.append(username)
            dismissed.wait(60)
            raise KeyringError("locked")

    use(monkeypatch, PromptingKeyring())
    readers = [threading.Thread(target=store.read, args=(URL,)) for _ in range(3)]
    for reader in readers:
        reader.start()
    dismissed.set()
    for reader in readers:
        reader.join()

    assert asked == [URL]
    assert store.read(URL) == ""


@pytest.mark.parametrize(
    ("url", "loopback", "eavesdroppable"),
    [
        ("http://127.0.0.1:5000", True, False),
        ("http://localhost:1", True, False),
        ("http://[::1]:1", True, False),
        ("http://10.0.0.1:5000", False, True),
        ("https://skin.example", False, False),
        ("http://[", False, True),
    ],
)
def test_where_a_server_is(url: str, loopback: bool, eavesdroppable: bool) -> None:
    server = ServerAddress(url=url)

    assert (server.is_loopback, server.is_eavesdroppable) == (loopback, eavesdroppable)

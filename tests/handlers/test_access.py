"""Which tokens count as tokens."""

from pathlib import Path

import pytest

from handlers.access import TOKEN_VARIABLE, TokenError, configured_token

GOOD = "0123456789abcdef"


def test_without_a_token_everybody_may_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert configured_token(None) is None


def test_a_file_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, GOOD)
    assert configured_token(None) == GOOD
    (tmp_path / "token").write_text(f"{GOOD[::-1]}\n")
    assert configured_token(tmp_path / "token") == GOOD[::-1]


@pytest.mark.parametrize("weak", ["", "short", "sixteen and spaces", "ümlautümlautümlaut"])
def test_a_token_that_is_none_is_refused(weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, weak)
    with pytest.raises(TokenError, match=f"{TOKEN_VARIABLE}.*openssl"):
        configured_token(None)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="nowhere"):
        configured_token(tmp_path / "nowhere")

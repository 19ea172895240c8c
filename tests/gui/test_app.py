"""The command as a user starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from virtual_display import PATIENCE

from gui.app import main


def test_help_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    assert caught.value.code == 0
    assert "Research and education only" in capsys.readouterr().out


def test_without_a_display_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)

    assert main([]) == 1

    message = capsys.readouterr().err
    assert "graphical session" in message
    assert "Traceback" not in message


def test_an_image_on_the_command_line_is_analysed_at_once(
    display: str,
    scripted_server: ScriptedServer,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    command = [sys.executable, "-m", "gui", "--url", scripted_server.url, str(photo)]
    client = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ, text=True)
    try:
        wait_for_request(scripted_server, client)
    finally:
        client.terminate()
        _, errors = client.communicate(timeout=PATIENCE)

    assert client.returncode == 0, "it ends as if its window had been closed"
    assert "Traceback" not in errors


def wait_for_request(server: ScriptedServer, client: "subprocess.Popen[str]") -> None:
    for _ in range(int(PATIENCE / 0.1)):
        if any(path == "/predict" for path, _ in server.requests):
            return
        try:
            client.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("the client ended by itself")
    pytest.fail("no image was sent")

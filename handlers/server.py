"""``python -m handlers``: TorchServe and the REST gateway, from start to stop.

The gateway listens first and answers ``GET /health`` with 503 until a worker has loaded the
network. Signals cancel the main task, so every part stops where its ``with`` ends.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import aiohttp

from handlers.archive import MODEL_NAME, MODEL_STORE, build_archive, default_workers
from handlers.gateway import HOST, running_gateway
from handlers.java import JavaError
from handlers.model_spec import ArtefactError
from handlers.schema import DISCLAIMER
from handlers.torchserve import Ports, TorchServe
from handlers.torchserve_client import TorchServeClient

#: Seconds that the server goes without a worker, at its start or later, before it gives up.
_READY_TIMEOUT: Final = 300
_POLL_INTERVAL: Final = 0.5
_SUPERVISION_INTERVAL: Final = 2.0

_READY: Final = """\
Ready.
  REST API    http://{host}:{port}  (GET /health, POST /predict)
  TorchServe  http://{host}:{inference_port}/predictions/{model}
  Log         {log}
Try it with an image of yours:
  (printf '{{"image":"'; base64 < photo.jpg | tr -d '\\n'; printf '"}}') | \
curl -H 'Content-Type: application/json' --data-binary @- http://{host}:{port}/predict
{disclaimer}
Ctrl-C stops the server."""


class ServerError(RuntimeError):
    """The server can not start or go on."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the server until it is stopped.

    Args:
        args: Command line; ``sys.argv`` by default.

    Returns:
        Exit status: 0 after SIGINT, SIGTERM or SIGHUP, 1 after an error, which is named on stderr.
    """
    parser = _parser()
    try:
        if os.name != "posix":
            raise ServerError("The server needs Linux or macOS; on Windows, run it in WSL.")
        asyncio.run(_serve(parser.parse_args(args)))
    except (ArtefactError, JavaError, ServerError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="skin-lesion-serve",
        description=f"Serve the skin lesion model on this machine. {DISCLAIMER}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--model-store", type=Path, default=MODEL_STORE, metavar="DIR", help="the exported network"
    )
    for option, port, purpose in (
        ("--port", 5000, "the REST API"),
        ("--inference-port", 8080, "TorchServe's predictions"),
        ("--management-port", 8081, "TorchServe's model descriptions"),
        ("--metrics-port", 8082, "TorchServe's Prometheus metrics"),
    ):
        parser.add_argument(
            option, type=_integer(1, 65535), default=port, metavar="PORT", help=purpose
        )
    parser.add_argument(
        "--workers",
        type=_integer(1, 64),
        default=default_workers(),
        metavar="N",
        help="processes that run the network, about 600 MB each",
    )
    return parser


def _integer(lower: int, upper: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isdecimal() and lower <= int(text) <= upper):
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a whole number from {lower} to {upper}"
            )
        return int(text)

    return parse


async def _serve(options: argparse.Namespace) -> None:
    running = asyncio.create_task(_run(options))
    # SIGHUP: a terminal that closes must not leave TorchServe behind.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        print("Stopped.", flush=True)


async def _run(options: argparse.Namespace) -> None:
    ports = Ports(options.inference_port, options.management_port, options.metrics_port)
    _check_ports(options)
    with tempfile.TemporaryDirectory(
        prefix="skin-lesion-", ignore_cleanup_errors=True
    ) as temporary:
        folder = Path(temporary)
        build_archive(options.model_store, folder, options.workers)
        # No limit of connections here: TorchServe's queue decides what is too much.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            client = TorchServeClient(session, ports)
            with TorchServe(folder, ports) as torchserve:
                async with running_gateway(client, options.port):
                    print(
                        f"Starting TorchServe and {options.workers} worker(s); "
                        "this can take a minute ...",
                        flush=True,
                    )
                    await _wait_until_ready(torchserve, client)
                    _announce(options, torchserve)
                    await _supervise(torchserve, client)


def _check_ports(options: argparse.Namespace) -> None:
    with ExitStack() as held:
        # Held open together, so that a port given twice is found out too.
        for option in ("port", "inference_port", "management_port", "metrics_port"):
            port = getattr(options, option)
            try:
                held.enter_context(socket.create_server((HOST, port)))
            except OSError as error:
                raise ServerError(
                    f"Port {port} on {HOST} can not be opened: {os.strerror(error.errno or 0)}. "
                    "Stop the program that has it, or choose another with "
                    f"--{option.replace('_', '-')}."
                ) from error


async def _wait_until_ready(torchserve: TorchServe, client: TorchServeClient) -> None:
    try:
        async with asyncio.timeout(_READY_TIMEOUT):
            while not await client.is_ready():
                if not torchserve.is_running:
                    raise ServerError(
                        "TorchServe has ended unexpectedly. Its log ends with:\n"
                        f"{torchserve.log_tail()}"
                    )
                await asyncio.sleep(_POLL_INTERVAL)
    except TimeoutError as error:
        raise ServerError(
            f"No worker has been ready for {_READY_TIMEOUT} s. TorchServe's log ends with:\n"
            f"{torchserve.log_tail()}"
        ) from error


async def _supervise(torchserve: TorchServe, client: TorchServeClient) -> None:
    # TorchServe restarts a worker that died, but gives up on one that keeps dying.
    while True:
        await asyncio.sleep(_SUPERVISION_INTERVAL)
        await _wait_until_ready(torchserve, client)


def _announce(options: argparse.Namespace, torchserve: TorchServe) -> None:
    print(
        _READY.format(
            host=HOST,
            port=options.port,
            inference_port=options.inference_port,
            model=MODEL_NAME,
            log=torchserve.log,
            disclaimer=DISCLAIMER,
        ),
        flush=True,
    )

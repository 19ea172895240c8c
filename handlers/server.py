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
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from handlers.access import TOKEN_VARIABLE, TokenError, configured_token
from handlers.admission import Admission
from handlers.archive import MODEL_STORE, build_archive
from handlers.gateway import HOST, Gateway, running_gateway
from handlers.integer_argument import integer
from handlers.java import JavaError
from handlers.model_spec import MODEL_NAME, ArtefactError
from handlers.request_log import start_logging
from handlers.schema import DISCLAIMER
from handlers.supervisor import ServerError, Supervisor
from handlers.torchserve import Ports, TorchServe
from handlers.torchserve_client import torchserve_client
from handlers.workers import MAX_WORKERS, default_workers

#: Seconds that the requests in progress have to finish when the server is stopped.
_DRAIN_TIMEOUT: Final = 30.0

_READY: Final = """\
Ready.
  REST API    http://{host}:{port}  (described at http://{host}:{port}/docs)
  TorchServe  http://{host}:{inference_port}/predictions/{model}
  Metrics     http://{host}:{port}/metrics and http://{host}:{metrics_port}/metrics
{management}\
  Log         {log}
Try it with an image of yours:
  curl -H 'Content-Type: image/jpeg' --data-binary @photo.jpg http://{host}:{port}/predict
{disclaimer}
Ctrl-C stops the server."""
_MANAGED: Final = """\
  Management  http://{host}:{port}/models/{model}
  Keys        {keys} (new archives go into the same folder)
"""


def main(args: Sequence[str] | None = None) -> int:
    """Run the server until it is stopped.

    Args:
        args: Command line; ``sys.argv`` by default.

    Returns:
        Exit status: 0 after SIGINT, SIGTERM or SIGHUP, or with ``--end-with-stdin`` after the end
        of standard input; 1 after an error, which is named on stderr.
    """
    parser = _parser()
    options = parser.parse_args(args)
    start_logging()
    try:
        if os.name != "posix":
            raise ServerError("The server needs Linux or macOS; on Windows, run it in WSL.")
        asyncio.run(_serve(options))
    except (ArtefactError, JavaError, ServerError, TokenError, OSError) as error:
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
        ("--metrics-port", 8082, "TorchServe's Prometheus metrics"),
        ("--management-port", 8081, "TorchServe's management API; only with --managed"),
    ):
        parser.add_argument(
            option, type=integer(1, 65535), default=port, metavar="PORT", help=purpose
        )
    parser.add_argument(
        "--workers",
        type=integer(1, MAX_WORKERS),
        default=default_workers(),
        metavar="N",
        help="processes that run the network, about 600 MB each",
    )
    parser.add_argument(
        "--managed",
        action="store_true",
        help="open TorchServe's management API, and have all of TorchServe but its metrics "
        "ask for its tokens",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="holds the bearer token that the REST API shall ask for; without it the environment "
        f"variable {TOKEN_VARIABLE} does, if it is set",
    )
    parser.add_argument(
        "--end-with-stdin",
        action="store_true",
        help="stop as on SIGTERM when standard input ends: for a program that starts the server "
        "with a pipe, and may die",
    )
    return parser


async def _serve(options: argparse.Namespace) -> None:
    admission = Admission()
    running = asyncio.create_task(_run(options, admission))
    stopping: set[asyncio.Task[None]] = set()

    def finish() -> None:
        if not stopping:
            stopping.add(asyncio.create_task(_drain(admission, running)))

    def stop() -> None:
        # The first signal lets the requests in progress finish, another one does not.
        if stopping:
            running.cancel()
        else:
            finish()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    # A terminal that closes must not leave TorchServe behind, unless nohup was to see to that.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop)
    if options.end_with_stdin:
        threading.Thread(target=_follow_stdin, args=[loop, finish], daemon=True).start()
    try:
        await running
    except asyncio.CancelledError:
        print("Stopped.", flush=True)


def _follow_stdin(loop: asyncio.AbstractEventLoop, finish: Callable[[], None]) -> None:
    # In a thread, since the event loop can not wait for every kind of file.
    with suppress(OSError):  # it was never opened
        while os.read(0, 4096):
            pass
    with suppress(RuntimeError):  # the server has ended meanwhile
        loop.call_soon_threadsafe(finish)


async def _drain(admission: Admission, running: asyncio.Task[None]) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(admission.close(), _DRAIN_TIMEOUT)
    running.cancel()


async def _run(options: argparse.Namespace, admission: Admission) -> None:
    token = configured_token(options.token_file)
    management = options.management_port if options.managed else None
    _check_ports(options)
    with tempfile.TemporaryDirectory(
        prefix="skin-lesion-", ignore_cleanup_errors=True
    ) as temporary:
        folder = Path(temporary)
        await _build_archive(options, folder)
        torchserve = TorchServe(
            folder, Ports(options.inference_port, options.metrics_port, management)
        )
        async with torchserve_client(torchserve.endpoints) as client:
            gateway = Gateway(client, token, admission)
            async with running_gateway(gateway, options.port):
                print(
                    f"Starting TorchServe and {options.workers} worker(s); "
                    "this can take a minute ...",
                    flush=True,
                )
                await Supervisor(torchserve, client).run(lambda: _announce(options, torchserve))


async def _build_archive(options: argparse.Namespace, folder: Path) -> None:
    # Beside the event loop, so that signals are heard. Nothing stops a thread: after a signal the
    # executor waits for its end, or it would write into a folder that is being removed.
    with ThreadPoolExecutor(1) as executor:
        await asyncio.get_running_loop().run_in_executor(
            executor, build_archive, options.model_store, folder, options.workers
        )


def _check_ports(options: argparse.Namespace) -> None:
    names = ["port", "inference_port", "metrics_port"]
    if options.managed:
        names.append("management_port")
    with ExitStack() as held:
        # Held open together, so that a port given twice is found out too.
        for name in names:
            port = getattr(options, name)
            try:
                held.enter_context(socket.create_server((HOST, port)))
            except OSError as error:
                raise ServerError(
                    f"Port {port} on {HOST} can not be opened: {os.strerror(error.errno or 0)}. "
                    "Stop the program that has it, or choose another with "
                    f"--{name.replace('_', '-')}."
                ) from error


def _announce(options: argparse.Namespace, torchserve: TorchServe) -> None:
    management = ""
    if options.managed:
        management = _MANAGED.format(
            host=HOST,
            port=options.management_port,
            model=MODEL_NAME,
            keys=torchserve.endpoints.key_file,
        )
    print(
        _READY.format(
            host=HOST,
            port=options.port,
            inference_port=options.inference_port,
            metrics_port=options.metrics_port,
            model=MODEL_NAME,
            management=management,
            log=torchserve.log,
            disclaimer=DISCLAIMER,
        ),
        flush=True,
    )

"""Run the server: a free port, the browser, and an end at once."""

import os
import socket
import webbrowser
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from playnano.errors import PlaynanoError
from playnano.viewer.app import viewer_app
from playnano.viewer.session import Session

HOST = "127.0.0.1"
DEFAULT_PORT = 8420
TRIES = 50
LONGEST_WAIT_S = 1
"""For answers that are under way when the user ends the server; a page leaves none open."""


def serve(session: Session, port: int | None, *, browser: bool, announce: Callable[[str], None]) -> None:
    """Serve a session until the user ends it; its scratch files go with it.

    Parameters
    ----------
    port : int, optional
        The port to use, or the next free one; 0 for any. Default: 8420 or the next free one.
    browser : bool
        Whether to open the address in the browser.
    announce : callable
        Is given the address once the server listens.

    Raises
    ------
    PlaynanoError
        Where no port is free.
    """
    with listening_socket(DEFAULT_PORT if port is None else port) as listening:
        gate = viewer_app(session, listening.getsockname()[1])
        server = quiet_server(gate)
        announce(gate.address())
        session.begin()
        if browser:
            webbrowser.open(gate.address())
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # how a viewer ends
        finally:
            session.close()


def quiet_server(app: ASGIApp) -> uvicorn.Server:
    """A server that prints nothing and ends within a second, whoever is connected."""
    config = uvicorn.Config(
        app,
        log_level="critical",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=LONGEST_WAIT_S,
        access_log=False,
    )
    return uvicorn.Server(config)


def listening_socket(port: int) -> socket.socket:
    """A socket that listens on the loopback address: on `port`, or on the next one that is free.

    Raises
    ------
    PlaynanoError
        Where none of the next ports is free.
    """
    for candidate in [port] if port == 0 else range(port, min(port + TRIES, 65536)):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":  # or the port of a viewer that has just ended counts as taken for a minute
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, candidate))
            listening.listen(128)
        except OSError:
            listening.close()
            continue
        return listening
    raise PlaynanoError(f"no port from {port} to {port + TRIES - 1} is free; choose another port")

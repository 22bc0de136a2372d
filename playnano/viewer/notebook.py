"""The viewer inside a notebook: one server per kernel, in a thread of its own, and a view for each stack."""

import atexit
import threading
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playnano.errors import PlaynanoError
from playnano.recipe.recipe import OUTPUT_FOLDER
from playnano.stack.stack import AFMImageStack

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from playnano.viewer.access import Gate
    from playnano.viewer.session import Session

MOST_VIEWS = 8


def show(stack: AFMImageStack, *, width: int | str = "100%", height: int = 720) -> Any:
    """An IFrame with the viewer of a stack.

    Raises
    ------
    PlaynanoError
        Where IPython or the server's packages are missing.
    """
    try:
        import uvicorn  # noqa: F401  # before anything is started
        from IPython.display import IFrame
        from starlette.applications import Starlette  # noqa: F401
    except ModuleNotFoundError as error:
        raise PlaynanoError("stack.view() needs more packages: pip install 'playnano[notebook]'") from error
    return IFrame(_server().address(stack), width, height)


class NotebookServer:
    """ASGI application that hands each request to the view that its path names.

    The oldest view ends where there are more than `MOST_VIEWS`: a page that is still open says so.
    """

    def __init__(self) -> None:
        from playnano.viewer.serving import listening_socket, quiet_server

        self._views: OrderedDict[str, tuple[Session, Gate]] = OrderedDict()
        self._lock = threading.Lock()
        self._socket = listening_socket(0)
        self._server = quiet_server(self)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        from starlette.responses import PlainTextResponse

        from playnano.viewer.access import path_token

        view = self._views.get(path_token(scope))
        app = PlainTextResponse("this view has ended; run its cell again", 403) if view is None else view[1]
        await app(scope, receive, send)

    def address(self, stack: AFMImageStack) -> str:
        """The address of a stack's view; it is the same one each time."""
        with self._lock:
            for session, gate in self._views.values():
                if session.stack is stack:
                    return gate.address()
            return self._added(stack).address()

    def _added(self, stack: AFMImageStack) -> "Gate":
        from playnano.viewer.app import viewer_app

        session = session_of(stack)
        gate = viewer_app(session, self._socket.getsockname()[1], embedded=True)
        self._views[gate.token] = session, gate
        if len(self._views) > MOST_VIEWS:
            _, (oldest, _) = self._views.popitem(last=False)
            oldest.close()
        return gate

    def close(self) -> None:
        """End the server and all that its views hold."""
        self._server.should_exit = True
        self._thread.join(3)
        for session, _ in self._views.values():
            session.close()
        self._views.clear()
        self._socket.close()


def session_of(stack: AFMImageStack) -> "Session":
    """The session of one stack in memory; what it saves goes into the working directory."""
    from playnano.viewer.session import Session

    source = stack.provenance.input
    name = Path(source.name if source else "movie").name
    return Session([Path("in memory", name)], Path("in memory"), Path(OUTPUT_FOLDER), stack=stack)


@cache
def _server() -> NotebookServer:
    server = NotebookServer()
    atexit.register(server.close)
    return server

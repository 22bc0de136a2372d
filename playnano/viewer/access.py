"""Who may speak to the server: the browser that was given its address, from this machine, and nobody else."""

import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "playnano-{port}"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LARGEST_BODY = 1 << 20
TOO_LARGE = f"a request may hold {LARGEST_BODY:,} bytes at most"
REFUSED = "open the address that playnano printed last: an address is good until its viewer ends"
SAFE_METHODS = ("GET", "HEAD")
POLICY = b"default-src 'self'; img-src 'self' blob: data:"
NOT_FRAMED = POLICY + b"; frame-ancestors 'self'"
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@dataclass(frozen=True)
class Gate:
    """ASGI middleware that lets in requests with the session's token only.

    The token comes once in the address and then in a cookie that scripts cannot read; of a page inside a
    notebook, to which browsers give no cookie, it is the first part of every path. The `Host` header
    must name this machine with the port (a foreign page that rebinds its name to the loopback address
    cannot forge it), and the `Origin` of what changes something must be the page's own.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    port : int
        The port that the server listens on.
    token : str
        A secret of this session.
    embedded : bool
        Whether the page is shown inside another page, such as a notebook.
    """

    app: ASGIApp
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    embedded: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        response, send = self._answer(scope), self._with_headers(send)
        if response is not None:
            await response(scope, receive, send)
            return
        if self.embedded:
            scope = {**scope, "root_path": f"/{self.token}"}
        await self.app(scope, _bounded(receive), send)

    def address(self) -> str:
        """The address to open: with the token in it."""
        if self.embedded:  # of the same site as a notebook's usual address
            return f"http://localhost:{self.port}/{self.token}/"
        return f"http://127.0.0.1:{self.port}/?{urlencode({'token': self.token})}"

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered in place of the application; None where the request may pass."""
        headers = Headers(scope=scope)
        if headers.get("host", "") not in [f"{name}:{self.port}" for name in LOOPBACK]:
            return PlainTextResponse("this address is not served here", 403)
        refusal = self._refusal_by_path(scope) if self.embedded else self._answer_by_cookie(scope, headers)
        if refusal is not None:
            return refusal
        if scope["method"] not in SAFE_METHODS and not self._is_own(headers):
            return PlainTextResponse("requests of other pages are refused", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return PlainTextResponse(TOO_LARGE, 413)
        return None

    def _answer_by_cookie(self, scope: Scope, headers: Headers) -> Response | None:
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if tokens:
            return self._welcome(tokens[0])
        if not self._matches(self._cookie(headers)):
            return PlainTextResponse(REFUSED, 403)
        return None

    def _refusal_by_path(self, scope: Scope) -> Response | None:
        if self._matches(path_token(scope)) and scope["path"] != f"/{self.token}":
            return None
        return PlainTextResponse("this view has ended; run its cell again", 403)

    def _welcome(self, token: str) -> Response:
        if not self._matches(token):
            return PlainTextResponse(REFUSED, 403)
        response = RedirectResponse("./", 303)
        response.set_cookie(COOKIE.format(port=self.port), self.token, httponly=True, samesite="strict")
        return response

    def _matches(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _cookie(self, headers: Headers) -> str:
        cookie: SimpleCookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except CookieError:
            return ""
        morsel = cookie.get(COOKIE.format(port=self.port))
        return morsel.value if morsel else ""

    def _is_own(self, headers: Headers) -> bool:
        return headers.get("origin", "") in [f"http://{name}:{self.port}" for name in LOOPBACK]

    def _with_headers(self, send: Send) -> Send:
        policy = POLICY if self.embedded else NOT_FRAMED  # who frames it has to know its path

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(b"content-security-policy", policy), *HEADERS]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        return send_with_headers


def path_token(scope: Scope) -> str:
    """The first part of the path: the token, where the page is inside a notebook."""
    return str(scope["path"]).split("/")[1]


def _bounded(receive: Receive) -> Receive:
    """The body in pieces; one that states no length and grows too long is refused as one that states it."""
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receive_bounded
